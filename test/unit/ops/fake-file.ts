/** An open file of a file system in memory. */
import { fail } from '../../../src/abi/errno.ts';
import { O, S_IF } from '../../../src/abi/files.ts';
import { AT_END, AT_END_MOVING, type FileObject } from '../../../src/kernel/file-system.ts';
import type { HostEntry, HostStat } from '../../../src/kernel/host.ts';
import type { KernelCalls, Outcome } from '../../../src/kernel/operation.ts';
import type { Request } from '../../../src/kernel/request.ts';
import type { FakeFiles } from './fake-files.ts';

/** What a name leads to. */
export interface Node {
  readonly type: number;
  readonly ino: number;
  mode: number;
  bytes: Uint8Array;
  /** Told instead of the true size, as by the files of /proc. */
  size?: number;
}

/** An open file. It is closed when its last hold is dropped. */
export class FakeFile implements FileObject {
  readonly node: Node;
  readonly path: string;
  readonly flags: number;
  readonly isStream = false;
  position = 0;
  holds = 1;
  readonly #files: FakeFiles;

  constructor(files: FakeFiles, path: string, node: Node, flags: number) {
    this.#files = files;
    this.path = path;
    this.node = node;
    this.flags = flags;
  }

  get file(): this {
    return this;
  }

  get isDirectory(): boolean {
    return this.node.type === S_IF.DIR;
  }

  release(): void {
    this.#files.openFiles.delete(this);
  }

  hold(): void {
    this.#checkOpen();
    this.holds++;
  }

  drop(): void {
    this.#checkOpen();
    this.holds--;
    if (this.holds === 0) this.release();
  }

  #checkOpen(): void {
    if (this.holds <= 0) throw new Error(`${this.path} was closed`);
  }

  read(r: Request, k: KernelCalls, into: Uint8Array, at: number, n: number, pos: number): Outcome {
    return this.readv(r, k, [into.subarray(at, at + n)], pos, 'read');
  }

  readv(
    r: Request,
    k: KernelCalls,
    views: readonly Uint8Array[],
    pos: number,
    name = 'readv',
  ): Outcome {
    return this.#files.answer(name, r, k, () => {
      this.#checkOpen();
      if ((this.flags & O.ACCMODE) === O.WRONLY) return fail('EBADF');
      if (this.isDirectory) return fail('EISDIR');
      if (this.node.type === S_IF.FIFO) return fail('ESPIPE');
      const { bytes } = this.node;
      let from = pos === -1 ? this.position : pos;
      let moved = 0;
      for (const view of views) {
        const part = bytes.subarray(
          from,
          from + Math.min(view.length, this.#files.moveMax - moved),
        );
        view.set(part);
        from += part.length;
        moved += part.length;
        if (part.length < view.length) break;
      }
      if (pos === -1) this.position = from;
      return moved;
    });
  }

  write(r: Request, k: KernelCalls, from: Uint8Array, at: number, n: number, pos: number): Outcome {
    return this.writev(r, k, [from.subarray(at, at + n)], pos, 'write');
  }

  writev(
    r: Request,
    k: KernelCalls,
    views: readonly Uint8Array[],
    pos: number,
    name = 'writev',
  ): Outcome {
    return this.#files.answer(name, r, k, () => {
      this.#checkOpen();
      if ((this.flags & O.ACCMODE) === O.RDONLY) return fail('EBADF');
      const all = Buffer.concat(views as Uint8Array[]).subarray(0, this.#files.moveMax);
      const atEnd = (this.flags & O.APPEND) !== 0 || pos === AT_END || pos === AT_END_MOVING;
      const start = atEnd ? this.node.bytes.length : pos === -1 ? this.position : pos;
      const grown = new Uint8Array(Math.max(this.node.bytes.length, start + all.length));
      grown.set(this.node.bytes);
      grown.set(all, start);
      if (all.length > 0) this.node.bytes = grown;
      if (pos === -1 || pos === AT_END_MOVING) this.position = start + all.length;
      return all.length;
    });
  }

  sync(r: Request, k: KernelCalls, dataOnly: boolean): Outcome {
    return this.#files.answer(dataOnly ? 'fdatasync' : 'fsync', r, k, () => 0);
  }

  truncate(r: Request, k: KernelCalls, length: number): Outcome {
    return this.#files.answer('truncate', r, k, () => {
      const cut = new Uint8Array(length);
      cut.set(this.node.bytes.subarray(0, length));
      this.node.bytes = cut;
      return 0;
    });
  }

  stat(r: Request, k: KernelCalls, into: HostStat): Outcome {
    return this.#files.answer('fstat', r, k, () => this.#files.tell(this.node, into));
  }

  list(r: Request, k: KernelCalls, into: HostEntry[]): Outcome {
    return this.#files.answer('list', r, k, () => {
      const inside = `${this.path === '/' ? '' : this.path}/`;
      for (const [path, { type }] of this.#files.nodes)
        if (path.startsWith(inside) && path !== '/' && !path.includes('/', inside.length))
          into.push({ name: Buffer.from(path.slice(inside.length), 'latin1'), type: type >>> 12 });
      return into.length;
    });
  }
}
