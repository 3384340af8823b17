/** The descriptor table of one process: the lowest free number first, as POSIX has it. */
import { fail, type Res } from '../abi/errno.ts';
import { DESCRIPTORS_MAX, RING_DESCRIPTORS_MAX } from '../abi/limits.ts';
import type { OpenFile } from './open-file.ts';

// A descriptor owns one hold on its file: whoever installs a file hands its own over. So closing it
// lets go of that hold only, and a request that still uses the file keeps it open (SEMANTICS I6).

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
  /** No number below is free. */
  #lowestFree = 3;

  constructor(notes: DescriptorNotes = UNNOTED) {
    this.#notes = notes;
  }

  /** The object behind `fd`, or undefined: EBADF. */
  get(fd: number): OpenFile | undefined {
    return this.#files.get(fd);
  }

  /** Open descriptors. */
  get size(): number {
    return this.#files.size;
  }

  /** Gives an object the lowest free number; -EMFILE, -ENFILE: there is none, nothing changed. */
  install(file: OpenFile): Res {
    let fd = this.#lowestFree;
    while (this.#files.has(fd)) fd++;
    if (fd >= DESCRIPTORS_MAX - RING_DESCRIPTORS_MAX) return fail('EMFILE');
    const noted = this.#notes.opened(fd, file);
    if (noted < 0) return noted;
    this.#files.set(fd, file);
    this.#lowestFree = fd + 1;
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
  }

  /** close(2): 0 or -EBADF. */
  close(fd: number): Res {
    const file = this.#files.get(fd);
    if (file === undefined) return fail('EBADF');
    this.#files.delete(fd);
    this.#lowestFree = Math.min(this.#lowestFree, fd);
    this.#notes.closed(file);
    file.drop();
    return 0;
  }

  /** Closes everything: the process exited. */
  closeAll(): void {
    for (const fd of [...this.#files.keys()]) this.close(fd);
  }
}
