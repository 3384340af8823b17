/** One mount: a folder of a host in the tree that processes see. */
import { fail, type Res } from '../../abi/errno.ts';
import { O } from '../../abi/files.ts';
import type { Clock } from '../clock.ts';
import type { HostFiles, HostStat } from '../host.ts';
import type { HostPath } from './host-path.ts';
import { isWithin, joined, shortest } from './names.ts';
import { Pace } from './pace.ts';
import { type Directory, ON_THE_WAY, Parents } from './parents.ts';

/**
 * How processes are kept inside a mount's root. `walk`: each name is walked by the kernel, nothing
 * leads out; needs /proc. `lexical`: `..` is resolved in the text, and symlinks are trusted.
 * `none`: the host resolves the whole path.
 */
export type JailKind = 'walk' | 'lexical' | 'none';

/** What a mount is made from. */
export interface MountSpec {
  /** Where processes find it, absolute: `/`, `/data`. */
  readonly path: string;
  readonly files: HostFiles;
  /** The folder of the host, absolute. */
  readonly root: string;
  readonly jail: JailKind;
  /** Whether other files than regular ones and directories can be opened; else ENXIO. */
  readonly devices: boolean;
}

/** A status record that is used again. */
export const newStat = (): HostStat => ({
  mode: 0,
  dev: 0,
  ino: 0,
  nlink: 0,
  uid: 0,
  gid: 0,
  rdev: 0,
  size: 0,
  blksize: 0,
  blocks: 0,
  atimeMs: 0,
  mtimeMs: 0,
  ctimeMs: 0,
  birthtimeMs: 0,
});

const ENCODER = new TextEncoder();
const ROOT_PATH = ENCODER.encode('/');
const ROOT_NAMES = new Uint8Array(0);

/** A mount on one executor. */
export class Mount {
  /** Its place in the list it was made from. */
  readonly index: number;
  readonly files: HostFiles;
  readonly jail: JailKind;
  readonly devices: boolean;
  /** Names from the root of the tree: none for `/`. */
  readonly names: Uint8Array;
  /** The path of its root on the host, without a slash at its end: nothing for `/`. */
  readonly root: Uint8Array;
  readonly pace: Pace;
  readonly parents: Parents;
  /** Names, from its own root, of the mounts inside it. */
  inner: readonly Uint8Array[] = [];
  /** Whether an absolute path in it is the host's path, byte for byte. */
  passesThrough = false;
  readonly #path: HostPath;
  #hasProc: boolean | undefined;

  constructor(
    spec: MountSpec,
    parts: { index: number; clock: Clock; path: HostPath; notes: Int32Array },
  ) {
    this.index = parts.index;
    this.files = spec.files;
    this.jail = spec.jail;
    this.devices = spec.devices;
    this.names = shortest(ENCODER.encode(spec.path));
    const root = ENCODER.encode(spec.root);
    this.root = root.subarray(0, root.findLastIndex((byte) => byte !== ROOT_PATH[0]) + 1);
    this.pace = new Pace(parts.clock);
    this.#path = parts.path;
    this.parents = new Parents(spec.files, parts.path, parts.notes);
  }

  /** Whether it stands for the host's whole tree: then its paths are the host's. */
  get isHost(): boolean {
    return this.names.length === 0 && this.root.length === 0 && this.jail === 'none';
  }

  /** Learns of the mounts inside it. */
  learn(mounts: readonly Mount[]): void {
    const own = this.names;
    this.inner = mounts
      .filter((other) => other !== this && isWithin(other.names, own))
      .map(({ names }) => names.subarray(own.length === 0 ? 0 : own.length + 1));
    this.passesThrough = this.isHost && this.inner.length === 0;
  }

  /** Whether another mount is there, or further inside. */
  holdsMount(names: Uint8Array): boolean {
    return this.inner.some((inner) => isWithin(inner, names));
  }

  /** The root, open for walking; -EOPNOTSUPP where the host has no /proc. */
  openRoot(): Directory | Res {
    const { root } = this.parents;
    if (root !== undefined) return root;
    // Its own path is the embedder's, so symlinks in it are followed.
    const fd = this.files.open(this.hostPathOf(ROOT_NAMES), ON_THE_WAY & ~O.NOFOLLOW, 0);
    if (fd < 0) return fd;
    if (this.reaches(fd)) return this.parents.setRoot(fd);
    this.files.close(fd);
    return fail('EOPNOTSUPP');
  }

  /** Whether /proc leads to what is open as `fd`; found out once, with any directory. */
  reaches(fd: number): boolean {
    this.#hasProc ??= this.#findProc(fd);
    return this.#hasProc;
  }

  /** Whether directories remember their names, since no descriptor tells them, or tells others. */
  knowsByName(fd: number): boolean {
    return this.jail === 'lexical' || !this.reaches(fd);
  }

  #findProc(fd: number): boolean {
    const [byPath, byDescriptor] = [newStat(), newStat()];
    if (this.files.stat(this.#path.itself(fd), true, byPath) < 0) return false;
    if (this.files.fstat(fd, byDescriptor) < 0) return false;
    return byPath.dev === byDescriptor.dev && byPath.ino === byDescriptor.ino;
  }

  /** Names from the root of the mount to an open directory of it; -ENOENT when it is outside. */
  namesOf(fd: number): Uint8Array | Res {
    const root = this.openRoot();
    return typeof root === 'number' ? root : this.parents.namesOf(fd);
  }

  /** Names, from the root of the tree, of names in this mount. */
  pathOf(names: Uint8Array): Uint8Array {
    return joined([this.names, names]);
  }

  /** The host's path of names in this mount, taken as they are. */
  hostPathOf(names: Uint8Array): Uint8Array {
    if (names.length === 0) return this.root.length === 0 ? ROOT_PATH : this.root;
    const path = new Uint8Array(this.root.length + 1 + names.length);
    path.set(this.root);
    path.set(ROOT_PATH, this.root.length);
    path.set(names, this.root.length + 1);
    return path;
  }
}
