/** The descriptor table of one process: the lowest free number first, as POSIX has it. */
import { fail, type Res } from '../abi/errno.ts';
import { DESCRIPTORS_MAX } from '../abi/limits.ts';

/** What a descriptor can stand for: any kernel object that can be let go. */
export interface OpenFile {
  /** Called when the last descriptor of it is closed. */
  release(): void;
}

/** Numbers from 0 on; 0 to 2 are the host's standard streams and never handed out. */
export class Descriptors {
  readonly #files = new Map<number, OpenFile>();
  /** No number below is free. */
  #lowestFree = 3;

  /** The object behind `fd`, or undefined: EBADF. */
  get(fd: number): OpenFile | undefined {
    return this.#files.get(fd);
  }

  /** Open descriptors. */
  get size(): number {
    return this.#files.size;
  }

  /** Gives an object the lowest free number; -EMFILE beyond DESCRIPTORS_MAX. */
  install(file: OpenFile): Res {
    let fd = this.#lowestFree;
    while (this.#files.has(fd)) fd++;
    if (fd >= DESCRIPTORS_MAX) return fail('EMFILE');
    this.#files.set(fd, file);
    this.#lowestFree = fd + 1;
    return fd;
  }

  /** Gives an object a number that its creator chose and knows to be free. */
  installAt(fd: number, file: OpenFile): void {
    this.#files.set(fd, file);
  }

  /** Forgets the descriptors of an object that ended by itself. */
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
    file.release();
    return 0;
  }

  /** Closes everything: the process exited. */
  closeAll(): void {
    for (const fd of [...this.#files.keys()]) this.close(fd);
  }
}
