/** Facts about the machine of a run: a number without them can be compared with nothing. */
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

export interface MachineFacts {
  readonly date: string;
  readonly node: string;
  readonly v8: string;
  readonly os: string;
  readonly kernelRelease: string;
  readonly arch: string;
  readonly cpuModel: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** One-minute load average at the start; always 0 on Windows, which keeps none. */
  readonly loadAverage: number;
}

export function machineFacts(): MachineFacts {
  return {
    date: new Date().toISOString(),
    node: process.versions.node,
    v8: process.versions.v8,
    os: process.platform,
    kernelRelease: release(),
    arch: process.arch,
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    loadAverage: loadavg()[0] ?? 0,
  };
}

export function describeMachine(facts: MachineFacts): string {
  const memoryGib = (facts.memoryBytes / 2 ** 30).toFixed(1);
  return [
    `node ${facts.node} (v8 ${facts.v8}), ${facts.os} ${facts.kernelRelease} ${facts.arch}`,
    `${facts.cores} x ${facts.cpuModel}, ${memoryGib} GiB, load ${facts.loadAverage.toFixed(2)}`,
  ].join('\n');
}

/** True when something else was computing at the start, so that ratios deserve less trust. */
export function isBusy(facts: MachineFacts): boolean {
  return facts.loadAverage > facts.cores / 2;
}
