/** The files that one executor has open, in memory that outlives it. */
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
// it, and must close what it cannot go on with. One thread writes, as in ledger.ts: plain stores,
// and a death between two of them.
//   open    F1  open(2)                         close    F7  state = HELD: its number is free
//           F2  write mount and descriptor,     let go   F8  state = FREE
//               no identity                              F9  close(2)
//           F3  state = HELD
//   look    F4  write device, then inode
//   number  F5  write process, number, flags,
//               position
//           F6  state = OPEN
// Most files of requests (READ_FILE) go from F3 to F8; they have no number, and some no F4. F7 and
// F8 are one moment apart unless a request still uses the file.
//
// What a death finds.
//   FREE  Before F1 or after F9 nothing is open. After F1 and before F3, or after F8 and before F9,
//         a descriptor of the host stays that nobody closes: one per death at most, since this
//         thread does one thing at a time. The other orders would close one that somebody else was
//         given meanwhile. An open in the host's pool is F1 on another thread, and F2 is its
//         callback, which a dead thread never gets: so each open that the pool was carrying out at
//         that moment stays open too, as the host tells nobody its number. Those that waited for a
//         thread of the pool are not carried out.
//   HELD  Nobody can name the file: the requests that used it are over (EOWNERDEAD). The successor
//         lets go of it: F8, F9. Whatever F5 wrote of it is not read.
//   OPEN  The successor goes on with it, if the process is still there, else lets go of it. That
//         its requests held it as well died with them.
//
// Whose the number is. The kernel closes behind F8 only, and the host closes nothing with a thread
// (trackUnmanagedFds: false). So from F3 to F8 a number is that of the file it was noted for, and
// may be closed by who finds it, as with the notes of mounts. Below a worker that tracks its files
// the host does close them; then a descriptor without identity is forgotten (hostKeepsFiles in
// src/manager/messages.ts). Where the identity is known it is compared all the same, and one that
// is another file's by now is forgotten, not closed: a program may have closed what it does not
// own. An inode of 0 is no identity; it is F4's second store, so a death between the two leaves
// none. The position is one store, so it is never torn.

/** A file that has a number in a process. */
export interface NumberedFile {
  /** 64 bits that tell its process from others. */
  readonly processLow: number;
  readonly processHigh: number;
  readonly fd: number;
  /** O_ flags. */
  readonly flags: number;
  readonly isDirectory: boolean;
  /** In bytes. */
  readonly position: number;
}

/** What a row says. */
export interface FileRow extends NumberedFile {
  /** Whether it is OPEN: else only mount, hostFd and identity mean something. */
  readonly isNumbered: boolean;
  /** Index of its mount. */
  readonly mount: number;
  readonly hostFd: number;
  /** What the host calls the file; an inode of 0: not known. */
  readonly dev: number;
  readonly ino: number;
}

/** Every row is taken, or there is none. */
export const NO_FILE_ROW = -1;

// Each file is noted and freed once: constants of this module are compiled into the code.
const { FREE, HELD, OPEN } = FILE_ROW_STATE;
const { state: STATE, mount: MOUNT, hostFd: HOST_FD } = FILE_ROW;
const INO = FILE_ROW.inoLow / 2;
const ROWS_START = FILE_ROWS_START;
const ROW_WORDS = FILE_ROW_WORDS;

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
    this.#rowsMax = Math.trunc((this.#words.length - ROWS_START) / ROW_WORDS);
    this.#rowsUsed = this.#words[FILE_ROWS_HEAD.rowsUsed]!;
    for (let row = this.#rowsUsed - 1; row >= 0; row--)
      if (this.#stateOf(row) === FREE) this.#free.push(row);
  }

  /** Rows in use. */
  get size(): number {
    return this.#rowsUsed - this.#free.length;
  }

  /** F2 and F3: a descriptor of a mount was opened. The row, or NO_FILE_ROW. */
  hold(mount: number, hostFd: number): number {
    const row = this.#free.pop() ?? this.#next();
    if (row === NO_FILE_ROW) return row;
    const words = this.#words;
    const at = this.#at(row);
    words[at + MOUNT] = mount;
    words[at + HOST_FD] = hostFd;
    this.#doubles[at / 2 + INO] = 0;
    words[at + STATE] = HELD;
    return row;
  }

  /** F4: what the host calls the file. */
  identify(row: number, { dev, ino }: Pick<FileRow, 'dev' | 'ino'>): void {
    if (row === NO_FILE_ROW) return;
    const at = this.#at(row);
    this.#doubles[(at + FILE_ROW.devLow) / 2] = dev;
    this.#doubles[at / 2 + INO] = ino;
  }

  /** F5 and F6: it is a descriptor of a process. */
  open(row: number, file: NumberedFile): void {
    const words = this.#words;
    const at = this.#at(row);
    words[at + FILE_ROW.processLow] = file.processLow;
    words[at + FILE_ROW.processHigh] = file.processHigh;
    words[at + FILE_ROW.fd] = file.fd;
    words[at + FILE_ROW.flags] = file.flags;
    words[at + FILE_ROW.directory] = file.isDirectory ? 1 : 0;
    this.move(row, file.position);
    words[at + STATE] = OPEN;
  }

  /** Notes the position of a file, in bytes. */
  move(row: number, position: number): void {
    if (row !== NO_FILE_ROW) this.#doubles[(this.#at(row) + FILE_ROW.positionLow) / 2] = position;
  }

  /** F7: the descriptor of the process is closed. */
  close(row: number): void {
    this.#words[this.#at(row) + STATE] = HELD;
  }

  /** F8; F9 follows. */
  free(row: number): void {
    if (row === NO_FILE_ROW) return;
    this.#words[this.#at(row) + STATE] = FREE;
    this.#free.push(row);
  }

  /** Calls `visit` with each row that is not free; it may free that row. */
  forEach(visit: (file: FileRow, row: number) => void): void {
    for (let row = 0; row < this.#rowsUsed; row++)
      if (this.#stateOf(row) !== FREE) visit(this.#read(row), row);
  }

  #read(row: number): FileRow {
    const words = this.#words;
    const at = this.#at(row);
    return {
      isNumbered: words[at + STATE] === OPEN,
      processLow: words[at + FILE_ROW.processLow]!,
      processHigh: words[at + FILE_ROW.processHigh]!,
      fd: words[at + FILE_ROW.fd]!,
      mount: words[at + MOUNT]!,
      hostFd: words[at + HOST_FD]!,
      flags: words[at + FILE_ROW.flags]!,
      isDirectory: words[at + FILE_ROW.directory] === 1,
      position: this.#doubles[(at + FILE_ROW.positionLow) / 2]!,
      dev: this.#doubles[(at + FILE_ROW.devLow) / 2]!,
      ino: this.#doubles[at / 2 + INO]!,
    };
  }

  #stateOf(row: number): number {
    return this.#words[this.#at(row) + STATE]!;
  }

  #at(row: number): number {
    return ROWS_START + row * ROW_WORDS;
  }

  #next(): number {
    if (this.#rowsUsed === this.#rowsMax) return NO_FILE_ROW;
    const row = this.#rowsUsed++;
    this.#words[FILE_ROWS_HEAD.rowsUsed] = this.#rowsUsed;
    return row;
  }
}
