/** A file system in memory that answers at once or later, as told, and notes what it is asked. */
import { fail, type Res } from '../../../src/abi/errno.ts';
import { O, S_IF } from '../../../src/abi/files.ts';
import type { FileSystem, OpenHow, PathArg } from '../../../src/kernel/file-system.ts';
import type { HostStat } from '../../../src/kernel/host.ts';
import type { KernelCalls, Outcome } from '../../../src/kernel/operation.ts';
import type { Request } from '../../../src/kernel/request.ts';
import { FakeFile, type Node } from './fake-file.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** The tree, with what tests turn and look at. */
export class FakeFiles implements FileSystem {
  /** Whether calls answer PENDING, and their result later. */
  slow = false;
  /** Bytes that one call moves at most. */
  moveMax = Number.POSITIVE_INFINITY;
  /** What was asked for, in order. */
  readonly calls: string[] = [];
  readonly openFiles = new Set<FakeFile>();
  readonly nodes = new Map<string, Node>();
  /** What link() and stat() were told about following symlinks. */
  followed: boolean | undefined;
  /** How a file was opened last. */
  how: OpenHow | undefined;
  readonly #scripted = new Map<string, (Res | undefined)[]>();
  #inodes = 1;

  constructor() {
    this.add('/', { type: S_IF.DIR, mode: 0o755 });
  }

  endPass(): void {}

  add(path: string, { type = S_IF.REG as number, mode = 0o644, bytes = '', size = -1 } = {}): Node {
    const node: Node = { type, mode, ino: this.#inodes++, bytes: Buffer.from(bytes, 'latin1') };
    if (size >= 0) node.size = size;
    this.nodes.set(path, node);
    return node;
  }

  content(path: string): string | undefined {
    return this.nodes.has(path) ? text(this.nodes.get(path)!.bytes) : undefined;
  }

  /** What the next calls of that name answer; undefined: the truth. */
  script(name: string, ...results: (Res | undefined)[]): void {
    this.#scripted.set(name, results);
  }

  answer(name: string, r: Request, k: KernelCalls, call: () => Res): Outcome {
    this.calls.push(name);
    const result = () => this.#scripted.get(name)?.shift() ?? call();
    return this.slow ? k.later(r, (done) => done(result())) : result();
  }

  tell(node: Node, into: HostStat): Res {
    into.mode = node.type | node.mode;
    into.ino = node.ino;
    into.dev = 7;
    into.size = node.size ?? node.bytes.length;
    into.nlink = 1;
    into.blksize = 4096;
    into.blocks = Math.ceil(into.size / 512);
    into.mtimeMs = 1_700_000_000_250.5;
    return 0;
  }

  #pathOf({ base, bytes }: PathArg): string {
    const name = text(bytes);
    const directory = base as FakeFile | undefined;
    if (directory?.holds === 0) throw new Error(`${directory.path} was closed`);
    const start = directory?.path ?? '/';
    const whole = name.startsWith('/') ? name : `${start}/${name}`;
    return `/${whole
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/')}`;
  }

  open(r: Request, k: KernelCalls, path: PathArg, how: OpenHow): Outcome {
    return this.answer('open', r, k, () => {
      this.how = { flags: how.flags, mode: how.mode, resolve: how.resolve };
      const name = this.#pathOf(path);
      let node = this.nodes.get(name);
      if (node !== undefined && (how.flags & O.CREAT) !== 0 && (how.flags & O.EXCL) !== 0)
        return fail('EEXIST');
      if (node === undefined && (how.flags & O.CREAT) === 0) return fail('ENOENT');
      node ??= this.add(name, { mode: how.mode });
      if ((how.flags & O.TRUNC) !== 0) node.bytes = new Uint8Array(0);
      return this.#opened(r, name, node, how.flags);
    });
  }

  openToRead(r: Request, k: KernelCalls, path: PathArg): Outcome {
    return this.answer('openToRead', r, k, () => {
      const name = this.#pathOf(path);
      const node = this.nodes.get(name);
      return node === undefined ? fail('ENOENT') : this.#opened(r, name, node, O.RDONLY);
    });
  }

  #opened(r: Request, name: string, node: Node, flags: number): Res {
    const file = new FakeFile(this, name, node, flags);
    this.openFiles.add(file);
    r.file = file;
    return 0;
  }

  /** An open file as a descriptor's object. */
  openNow(path: string, flags: number = O.RDWR): FakeFile {
    const file = new FakeFile(this, path, this.nodes.get(path)!, flags);
    this.openFiles.add(file);
    return file;
  }

  stat(r: Request, k: KernelCalls, path: PathArg, follow: boolean, into: HostStat): Outcome {
    this.followed = follow;
    return this.answer('stat', r, k, () => {
      const node = this.nodes.get(this.#pathOf(path));
      return node === undefined ? fail('ENOENT') : this.tell(node, into);
    });
  }

  rename(r: Request, k: KernelCalls, from: PathArg, to: PathArg): Outcome {
    return this.answer('rename', r, k, () => {
      const node = this.nodes.get(this.#pathOf(from));
      if (node === undefined) return fail('ENOENT');
      this.nodes.delete(this.#pathOf(from));
      this.nodes.set(this.#pathOf(to), node);
      return 0;
    });
  }

  remove(r: Request, k: KernelCalls, path: PathArg, directory: boolean): Outcome {
    return this.answer(directory ? 'rmdir' : 'unlink', r, k, () =>
      this.nodes.delete(this.#pathOf(path)) ? 0 : fail('ENOENT'),
    );
  }

  mkdir(r: Request, k: KernelCalls, path: PathArg, mode: number): Outcome {
    return this.answer('mkdir', r, k, () => {
      this.add(this.#pathOf(path), { type: S_IF.DIR, mode });
      return 0;
    });
  }

  symlink(r: Request, k: KernelCalls, target: Uint8Array, path: PathArg): Outcome {
    return this.answer('symlink', r, k, () => {
      this.add(this.#pathOf(path), { type: S_IF.LNK, bytes: text(target) });
      return 0;
    });
  }

  link(r: Request, k: KernelCalls, existing: PathArg, path: PathArg, follow: boolean): Outcome {
    this.followed = follow;
    return this.answer('link', r, k, () => {
      const node = this.nodes.get(this.#pathOf(existing));
      if (node === undefined) return fail('ENOENT');
      if (this.nodes.has(this.#pathOf(path))) return fail('EEXIST');
      if (node.type === S_IF.DIR) return fail('EPERM');
      this.nodes.set(this.#pathOf(path), node);
      return 0;
    });
  }
}
