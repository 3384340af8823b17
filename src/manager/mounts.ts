/** Which folders of the host a kernel's processes see, and where: checked when it boots. */
import { isAbsolute, posix } from 'node:path';

/** How a mount keeps its processes inside its root. */
export type Jail = 'walk' | 'lexical' | 'none';

/** One folder of the host in the tree of every process. The longest path that matches wins. */
export interface MountOptions {
  /** Where processes find it: absolute, without `.`, `..` or a slash at its end. */
  readonly path: string;
  /** The folder of the host, an absolute path. */
  readonly root: string;
  /**
   * `walk` follows each component and cannot be left (Linux with /proc); `lexical` resolves `..` in
   * names but trusts symlinks; `none` is the host as it is. Default: `none` for root `/`, which is
   * no jail whatever it is called, and `walk` for any other.
   */
  readonly jail?: Jail;
  /** Whether devices, FIFOs and sockets can be opened (ENXIO otherwise). Default: false. */
  readonly devices?: boolean;
}

/** A mount with nothing left open, as it goes to the kernel's threads. */
export type MountShare = Required<MountOptions>;

const JAILS: readonly unknown[] = ['walk', 'lexical', 'none'] satisfies Jail[];

function checkPath(name: string, path: unknown): void {
  if (typeof path !== 'string') throw new TypeError(`mounts: ${name} must be a string`);
  if (path.includes('\0')) throw new RangeError(`mounts: ${name} must not contain a NUL`);
}

function checkMount({ path, root, jail, devices = false }: MountOptions): MountShare {
  checkPath('path', path);
  checkPath('root', root);
  const clean = posix.normalize(path) === path && (path === '/' || !path.endsWith('/'));
  if (!posix.isAbsolute(path) || !clean)
    throw new RangeError(`mounts: path ${path} is not absolute, or not in its shortest form`);
  if (!isAbsolute(root)) throw new RangeError(`mounts: root ${root} is not absolute`);
  if (jail !== undefined && !JAILS.includes(jail))
    throw new RangeError(`mounts: jail must be ${JAILS.join(', ')}, not ${jail}`);
  if (typeof devices !== 'boolean') throw new TypeError('mounts: devices must be a boolean');
  return { path, root, jail: jail ?? (root === '/' ? 'none' : 'walk'), devices };
}

/** The mounts of a kernel; throws TypeError and RangeError for what cannot be. */
export function checkMounts(
  mounts: readonly MountOptions[] = [{ path: '/', root: '/' }],
): MountShare[] {
  if (!Array.isArray(mounts)) throw new TypeError('mounts must be an array');
  const checked = mounts.map(checkMount);
  const paths = new Set(checked.map(({ path }) => path));
  if (paths.size < checked.length) throw new RangeError('mounts: two have the same path');
  return checked;
}
