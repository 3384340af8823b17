/** The progress of a run on a terminal: one line on standard error that is written over. */
import { clearLine, cursorTo } from 'node:readline';
import type { WriteStream } from 'node:tty';
import { formatBytes, formatClock, formatCount, formatRate } from './figures.ts';

/** Often enough to look alive, and too seldom to cost anything. */
const REDRAW_MS = 100;

/** A time left is a guess until so much has passed. */
const GUESS_AFTER_MS = 1000;

const BAR_COLUMNS = 20;

/** How far a run is; `filesTotal` is undefined until all files are counted. */
export interface Progress {
  readonly filesDone: number;
  readonly filesTotal: number | undefined;
  readonly bytes: number;
  readonly elapsedMs: number;
}

/** The line without control characters, at most `columns` long. */
export function progressLine(progress: Progress, columns: number): string {
  const { filesDone, filesTotal, bytes, elapsedMs } = progress;
  const moved = [formatBytes(bytes), formatRate(bytes, elapsedMs)];
  if (filesTotal === undefined)
    return [`${formatCount(filesDone)} files`, ...moved].join('  ').slice(0, columns);
  const part = filesTotal === 0 ? 1 : Math.min(filesDone / filesTotal, 1);
  const bar = '#'.repeat(Math.floor(part * BAR_COLUMNS)).padEnd(BAR_COLUMNS, '.');
  const cells = [
    `[${bar}] ${Math.floor(part * 100)} %`,
    `${formatCount(filesDone)}/${formatCount(filesTotal)} files`,
    ...moved,
  ];
  if (part > 0 && part < 1 && elapsedMs >= GUESS_AFTER_MS)
    cells.push(`${formatClock((elapsedMs * (1 - part)) / part)} left`);
  return cells.join('  ').slice(0, columns);
}

export class ProgressLine {
  readonly #terminal: WriteStream;
  readonly #read: () => Progress;
  readonly #timer: NodeJS.Timeout;
  #shown = false;

  constructor(terminal: WriteStream, read: () => Progress) {
    this.#terminal = terminal;
    this.#read = read;
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS).unref();
    this.#draw();
  }

  /** Makes room for other output; the next drawing brings it back. */
  clear(): void {
    if (!this.#shown) return;
    this.#shown = false;
    cursorTo(this.#terminal, 0);
    clearLine(this.#terminal, 0);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.clear();
  }

  #draw(): void {
    this.#shown = true;
    cursorTo(this.#terminal, 0);
    this.#terminal.write(progressLine(this.#read(), this.#terminal.columns - 1));
    clearLine(this.#terminal, 1);
  }
}
