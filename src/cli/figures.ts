/** Figures as people read them. */

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Groups of three digits; 'Intl' would do the same, and loads 7 MB of tables for it. */
export const formatCount = (value: number): string =>
  value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');

/** `1 file`, `2 files`. */
export const formatPlural = (value: number, one: string, many = `${one}s`): string =>
  `${formatCount(value)} ${value === 1 ? one : many}`;

/** Three digits: 1.23, 12.3, 123. */
const threeDigits = (value: number): string =>
  value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);

/** Powers of 1000, as disks and networks are sold. */
export function formatBytes(bytes: number): string {
  let power = 0;
  let value = bytes;
  while (value >= 999.5 && power < SIZES.length - 1) {
    value /= 1000;
    power++;
  }
  return `${power === 0 ? value.toFixed(0) : threeDigits(value)} ${SIZES[power]}`;
}

/** Bytes per second; a duration of nothing has no rate. */
export const formatRate = (bytes: number, durationMs: number): string =>
  durationMs > 0 ? `${formatBytes((bytes * 1000) / durationMs)}/s` : '- B/s';

export function formatDuration(ms: number): string {
  if (ms < 0.9995) return `${(ms * 1000).toFixed(0)} us`;
  if (ms < 999.5) return `${threeDigits(ms)} ms`;
  return ms < 119_950 ? `${threeDigits(ms / 1000)} s` : formatClock(ms);
}

/** Minutes and seconds, or hours, minutes and seconds. */
export function formatClock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** Rows of cells in columns; the first is flush left, the others flush right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd();
  return `${rows.map(line).join('\n')}\n`;
}
