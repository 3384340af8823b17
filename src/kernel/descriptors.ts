/** The descriptor table of one process: the lowest free number first, as POSIX has it. */
import { fail, type Res } from '../abi/errno.ts';
import { O } from '../abi/files.ts';
import { DESCRIPTORS_MAX, RING_DESCRIPTORS_MAX } from '../abi/limits.ts';
import type { OpenFile } from './open-file.ts';

// A descriptor owns one hold on its file: whoever installs a file hands its own over. So closing it
// lets go of that hold only, and a request that still uses the file keeps it open (SEMANTICS I6).
// A file has one number in the notes. When that one is closed before another of the same file, the
// other is noted in its place.

/** Where the files of a process are noted, so that a successor of its executor finds them. */
export interface DescriptorNotes {
  /** `open` has the number `fd` now: 0, or -ENFILE. */
  opened(fd: number, open: OpenFile): Res;
  /** It is about to be let go. */
  closed(open: OpenFile): void;
}

/** Notes of a process whose files need not outlive their executor. */
const UNNOTED: DescriptorNotes = { opened: () => 0, closed: () => {} };

/** Numbers from 0 on; 0 to 2 are the host's standard streams and never handed out. */
export class Descriptors {
  readonly #files = new Map<number, OpenFile>();
  readonly #notes: DescriptorNotes;
  /** The numbers of files that have several; the first of each is the one in the notes. */
  readonly #shared = new Map<OpenFile, number[]>();
  /** No number below is free. */
  #lowestFree = 3;

  constructor(notes: DescriptorNotes = UNNOTED) {
    this.#notes = notes;
  }

  /** The object behind `fd`, or undefined: EBADF. */
  get(fd: number): OpenFile | undefined {
    return this.#files.get(fd);
  }

  /**
   * The object behind `fd` for work on it, as fget() of Linux: undefined (EBADF) also for what was
   * opened with O_PATH.
   */
  fget(fd: number): OpenFile | undefined {
    const open = this.#files.get(fd);
    return open?.file !== undefined && (open.file.flags & O.PATH) !== 0 ? undefined : open;
  }

  /** Open descriptors. */
  get size(): number {
    return this.#files.size;
  }

  /** Gives an object the lowest free number; -EMFILE, -ENFILE: there is none, nothing changed. */
  install(file: OpenFile): Res {
    const fd = this.#free();
    if (fd < 0) return fd;
    const noted = this.#notes.opened(fd, file);
    if (noted < 0) return noted;
    this.#files.set(fd, file);
    this.#lowestFree = fd + 1;
    return fd;
  }

  /** install() of an object that may have numbers already, as dup(2) does. */
  duplicate(file: OpenFile): Res {
    const numbers = this.#shared.get(file) ?? this.#numbersOf(file);
    if (numbers.length === 0) return this.install(file);
    const fd = this.#free();
    if (fd < 0) return fd;
    this.#files.set(fd, file);
    this.#lowestFree = fd + 1;
    numbers.push(fd);
    this.#shared.set(file, numbers);
    return fd;
  }

  /** Gives an object a number that its creator chose and knows to be free. */
  installAt(fd: number, file: OpenFile): void {
    this.#files.set(fd, file);
  }

  /** Forgets the descriptors of an object that ended by itself, and so is not let go again. */
  remove(file: OpenFile): void {
    for (const [fd, open] of this.#files) {
      if (open !== file) continue;
      this.#files.delete(fd);
      this.#lowestFree = Math.min(this.#lowestFree, fd);
    }
    this.#shared.delete(file);
  }

  /** close(2): 0 or -EBADF. */
  close(fd: number): Res {
    const file = this.#files.get(fd);
    if (file === undefined) return fail('EBADF');
    this.#files.delete(fd);
    this.#lowestFree = Math.min(this.#lowestFree, fd);
    if (!this.#hasAnother(fd, file)) this.#notes.closed(file);
    file.drop();
    return 0;
  }

  /** Closes everything: the process exited. */
  closeAll(): void {
    for (const fd of [...this.#files.keys()]) this.close(fd);
  }

  /** The lowest free number, or -EMFILE. */
  #free(): Res {
    let fd = this.#lowestFree;
    while (this.#files.has(fd)) fd++;
    return fd < DESCRIPTORS_MAX - RING_DESCRIPTORS_MAX ? fd : fail('EMFILE');
  }

  #numbersOf(file: OpenFile): number[] {
    return [...this.#files].filter(([, open]) => open === file).map(([fd]) => fd);
  }

  /** Takes `fd` from the numbers of a file: whether there is another, which is noted then. */
  #hasAnother(fd: number, file: OpenFile): boolean {
    const numbers = this.#shared.get(file);
    if (numbers === undefined) return false;
    const at = numbers.indexOf(fd);
    numbers.splice(at, 1);
    if (numbers.length === 1) this.#shared.delete(file);
    if (at === 0) this.#notes.opened(numbers[0] as number, file); // has a row, so cannot fail
    return true;
  }
}
