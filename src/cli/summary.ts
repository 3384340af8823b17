/** The summary of a run of `uring sum`, for people and as JSON. */
import type { Counters } from './engine.ts';
import { formatBytes, formatCount, formatDuration, formatPlural, formatRate } from './figures.ts';
import type { Latency, Tally } from './tally.ts';

const KIB = 1024;

export interface Summary {
  readonly engine: string;
  readonly files: number;
  readonly bytes: number;
  /** Files and directories that could not be read. */
  readonly failed: number;
  readonly durationMs: number;
  readonly latencyMs: Latency;
  /** Resident memory of this process, all threads, at its highest. */
  readonly peakResidentBytes: number;
  /** What the engine counted. */
  readonly counters: Counters;
  /** It ended before all files were summed. */
  readonly interrupted: boolean;
}

export interface SummaryParts {
  readonly engine: string;
  readonly tally: Tally;
  readonly durationMs: number;
  readonly counters: Counters;
  readonly interrupted: boolean;
}

export const summarise = ({ tally, ...rest }: SummaryParts): Summary => ({
  ...rest,
  files: tally.files,
  bytes: tally.bytes,
  failed: tally.failed,
  latencyMs: tally.latency,
  peakResidentBytes: process.resourceUsage().maxRSS * KIB,
});

/** A few lines for standard error. */
export function describeSummary(summary: Summary): string {
  const { files, bytes, durationMs, latencyMs, failed } = summary;
  const moved = `${formatBytes(bytes)} in ${formatDuration(durationMs)}`;
  const counters = Object.entries(summary.counters)
    .map(([name, value]) => `${name} ${formatCount(value)}`)
    .join(', ');
  const lines = [
    `${formatPlural(files, 'file')}, ${moved}: ${formatRate(bytes, durationMs)}`,
    `latency of a file: p50 ${formatDuration(latencyMs.p50)}, ` +
      `p99 ${formatDuration(latencyMs.p99)}, p999 ${formatDuration(latencyMs.p999)}`,
    `peak memory: ${formatBytes(summary.peakResidentBytes)} resident`,
  ];
  if (counters !== '') lines.push(`${summary.engine}: ${counters}`);
  if (failed > 0) lines.push(`${formatPlural(failed, 'path')} could not be read`);
  if (summary.interrupted) lines.push('interrupted: the sums are not complete');
  return `${lines.join('\n')}\n`;
}
