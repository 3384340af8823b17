/** The open files of one executor's processes, in memory that outlives it. */
import { FILE_ROWS_MAX } from '../abi/limits.ts';
import {
  FILE_ROW,
  FILE_ROW_BYTES,
  FILE_ROW_STATE,
  FILE_ROW_WORDS,
  FILE_ROWS_HEAD,
  FILE_ROWS_HEAD_BYTES,
  FILE_ROWS_START,
} from '../abi/private.ts';
import { sharedBytes } from './region.ts';

// A host descriptor stays open when the thread that opened it ends, so a successor can go on with
// it. One thread writes, as in ledger.ts: plain stores, and a death between two of them.
//   open    F1  open(2)                         close    F4  state = FREE
//           F2  write the row                            F5  close(2)
//           F3  state = OPEN
// A death after F1 and before F3, or after F4 and before F5, leaves a descriptor of the host that
// nobody closes: one per death at most. The other order would close one that somebody else was
// given meanwhile. The position is one store of a double, so it is never torn.

/** What a row says. */
export interface FileRow {
  readonly processLow: number;
  readonly processHigh: number;
  readonly fd: number;
  readonly mount: number;
  readonly hostFd: number;
  readonly flags: number;
  readonly isDirectory: boolean;
  readonly position: number;
  readonly dev: number;
  readonly ino: number;
}

/** Every row is taken. */
export const NO_FILE_ROW = -1;

/** Makes the memory of the rows; untouched ones cost address space only. */
export const createFileRows = (rows: number = FILE_ROWS_MAX): SharedArrayBuffer | ArrayBuffer =>
  sharedBytes(FILE_ROWS_HEAD_BYTES + rows * FILE_ROW_BYTES);

/** One executor's rows, as their owner sees them. */
export class FileRows {
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #rowsMax: number;
  readonly #free: number[] = [];
  #rowsUsed: number;

  /** Takes over the memory: what a predecessor left open is there. */
  constructor(buffer: SharedArrayBuffer | ArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.#doubles = new Float64Array(buffer);
    this.#rowsMax = Math.trunc((this.#words.length - FILE_ROWS_START) / FILE_ROW_WORDS);
    this.#rowsUsed = this.#words[FILE_ROWS_HEAD.rowsUsed]!;
    for (let row = this.#rowsUsed - 1; row >= 0; row--)
      if (!this.#isOpen(row)) this.#free.push(row);
  }

  /** Rows in use. */
  get size(): number {
    return this.#rowsUsed - this.#free.length;
  }

  /** F2 and F3; the row, or NO_FILE_ROW. */
  open(file: FileRow): number {
    const row = this.#free.pop() ?? this.#next();
    if (row === NO_FILE_ROW) return row;
    const words = this.#words;
    const at = this.#at(row);
    words[at + FILE_ROW.processLow] = file.processLow;
    words[at + FILE_ROW.processHigh] = file.processHigh;
    words[at + FILE_ROW.fd] = file.fd;
    words[at + FILE_ROW.mount] = file.mount;
    words[at + FILE_ROW.hostFd] = file.hostFd;
    words[at + FILE_ROW.flags] = file.flags;
    words[at + FILE_ROW.directory] = file.isDirectory ? 1 : 0;
    this.move(row, file.position);
    this.#doubles[(at + FILE_ROW.devLow) / 2] = file.dev;
    this.#doubles[(at + FILE_ROW.inoLow) / 2] = file.ino;
    words[at + FILE_ROW.state] = FILE_ROW_STATE.OPEN;
    return row;
  }

  /** Notes the position of an open file, in bytes. */
  move(row: number, position: number): void {
    this.#doubles[(this.#at(row) + FILE_ROW.positionLow) / 2] = position;
  }

  /** F4. */
  close(row: number): void {
    this.#words[this.#at(row) + FILE_ROW.state] = FILE_ROW_STATE.FREE;
    this.#free.push(row);
  }

  /** Calls `visit` with each row that is open. */
  forEach(visit: (file: FileRow, row: number) => void): void {
    for (let row = 0; row < this.#rowsUsed; row++)
      if (this.#isOpen(row)) visit(this.#read(row), row);
  }

  #read(row: number): FileRow {
    const words = this.#words;
    const at = this.#at(row);
    return {
      processLow: words[at + FILE_ROW.processLow]!,
      processHigh: words[at + FILE_ROW.processHigh]!,
      fd: words[at + FILE_ROW.fd]!,
      mount: words[at + FILE_ROW.mount]!,
      hostFd: words[at + FILE_ROW.hostFd]!,
      flags: words[at + FILE_ROW.flags]!,
      isDirectory: words[at + FILE_ROW.directory] === 1,
      position: this.#doubles[(at + FILE_ROW.positionLow) / 2]!,
      dev: this.#doubles[(at + FILE_ROW.devLow) / 2]!,
      ino: this.#doubles[(at + FILE_ROW.inoLow) / 2]!,
    };
  }

  #isOpen(row: number): boolean {
    return this.#words[this.#at(row) + FILE_ROW.state] === FILE_ROW_STATE.OPEN;
  }

  #at(row: number): number {
    return FILE_ROWS_START + row * FILE_ROW_WORDS;
  }

  #next(): number {
    if (this.#rowsUsed === this.#rowsMax) return NO_FILE_ROW;
    const row = this.#rowsUsed++;
    this.#words[FILE_ROWS_HEAD.rowsUsed] = this.#rowsUsed;
    return row;
  }
}
