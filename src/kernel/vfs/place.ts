/** Where a path leads: to which mount, and how the host is to name it there. */
import { fail, type Res } from '../../abi/errno.ts';
import { RESOLVE } from '../../abi/files.ts';
import { PATH_BYTES_MAX } from '../../abi/limits.ts';
import type { PathArg } from '../file-system.ts';
import type { HostCalls } from '../host.ts';
import { CROSSED, END, type End, type Last } from './end.ts';
import { HostFile } from './host-file.ts';
import type { HostPath } from './host-path.ts';
import type { Mount } from './mount.ts';
import {
  afterPrefix,
  CLIMB,
  climbs,
  isWithin,
  joined,
  NAME,
  nameKind,
  SLASH,
  shortest,
} from './names.ts';
import { Walk } from './walk.ts';

// The longest mount path whose names a path begins with is its mount. From there
//   a jail is walked (walk.ts), and the walk itself finds where it enters another mount or climbs
//   out of its own; symlinks in it lead from the root of the mount they are in;
//   a path of a `lexical` mount loses its `..` first, and the mount is looked up again; so does one
//   of a mount without jail if its `..` lead out of it, or into a mount inside, which the host
//   knows nothing of; any other path is the host's, to the end.
// RESOLVE_ flags need a walk, whatever the mount: Node has no openat2(2). There are no magic links
// in a walk, because what it reads of a link is text.

const ENOENT = fail('ENOENT');
const WALKING =
  RESOLVE.NO_XDEV | RESOLVE.NO_MAGICLINKS | RESOLVE.NO_SYMLINKS | RESOLVE.BENEATH | RESOLVE.IN_ROOT;
const NOTHING = new Uint8Array(0);
const nothing = (): void => {};

/** The end of one path; one object serves many, one after the other. */
export class Place {
  readonly #mounts: readonly Mount[];
  readonly #hostPath: HostPath;
  readonly #walk: Walk;
  #mustWalk = false;
  /** Whether it was walked: else the host follows symlinks, and #path is its path. */
  walked = false;
  #path: Uint8Array = NOTHING;
  #end: End = END.NAME;
  /** The file that #path begins at. */
  #base: HostFile | undefined;
  mount!: Mount;

  /** `mounts`: longest path first. `first`: of the places of one request. */
  constructor(mounts: readonly Mount[], path: HostPath, first: boolean) {
    this.#mounts = mounts;
    this.#hostPath = path;
    this.#walk = new Walk(this.#hostPath, first);
  }

  /**
   * Finds where a path leads, as RESOLVE_ flags allow: 0 or -errno. `mustWalk`: because the last
   * name is to be followed by the kernel.
   */
  find({ base, bytes }: PathArg, resolve: number, last: Last, mustWalk = false): Res {
    if (bytes.length === 0) return ENOENT;
    if (bytes.length >= PATH_BYTES_MAX) return fail('ENAMETOOLONG');
    const isAbsolute = bytes[0] === SLASH;
    if (isAbsolute && (resolve & RESOLVE.BENEATH) !== 0) return fail('EXDEV');
    this.#mustWalk = mustWalk || (resolve & WALKING) !== 0;
    this.#walk.plan(resolve, last);
    const isBelow = base !== undefined && (!isAbsolute || (resolve & RESOLVE.IN_ROOT) !== 0);
    return this.#settle(isBelow ? this.#below(base, bytes) : this.#fromRoot(bytes));
  }

  /** Follows the symlink it is: 0, or -errno, among them -EINVAL when it is none. */
  follow(): Res {
    return this.#settle(this.#walk.follow());
  }

  /** Counts one more attempt, as if a symlink had been followed: 0 or -ELOOP. */
  count(): Res {
    return this.#walk.count();
  }

  get end(): End {
    return this.walked ? this.#walk.end : this.#end;
  }

  /** What the host is to call it, until the next path. If it was walked, nothing is followed. */
  get path(): Uint8Array {
    return this.walked ? this.#walk.hostPath : this.#path;
  }

  /** The same, for longer. */
  get ownPath(): Uint8Array {
    return this.path.slice();
  }

  /** Whether a mount is there or inside: such a name stays. */
  get isBusy(): boolean {
    if (this.mount.inner.length === 0) return false;
    const names = this.names;
    return names !== undefined && this.mount.holdsMount(names);
  }

  /** Names from the root of its mount; undefined where only the host knows them. */
  get names(): Uint8Array | undefined {
    if (this.walked) return this.#walk.names;
    if (this.#base !== undefined) return undefined;
    const { root } = this.mount;
    return shortest(this.#path.subarray(root.length));
  }

  /** Has the pool make a call by this path, and keeps open meanwhile what the path begins at. */
  pool<K extends keyof HostCalls>(
    call: K,
    args: Parameters<HostCalls[K]>,
    done: (res: Res) => void,
  ): void {
    // No pass has begun for what is walked from the host's callbacks (parents.ts).
    this.mount.parents.forget();
    this.keepDuring((ended) => this.mount.files.later(call, args, ended), done);
  }

  /** Keeps open what the path begins at while a call of the host goes on. */
  keepDuring(begin: (ended: (res: Res) => void) => void, done: (res: Res) => void): void {
    const letGo = this.#pin();
    try {
      begin((res) => {
        letGo();
        done(res);
      });
    } catch (error) {
      letGo(); // nothing was begun
      throw error;
    }
  }

  #pin(): () => void {
    if (this.walked) return this.#walk.pin();
    const base = this.#base;
    if (base === undefined) return nothing;
    base.hold();
    return () => base.drop();
  }

  #settle(res: Res): Res {
    let settled = res;
    while (settled === CROSSED) settled = this.#fromRoot(this.#walk.elsewhere);
    return settled;
  }

  #fromRoot(path: Uint8Array): Res {
    for (const mount of this.#mounts) {
      const from = afterPrefix(path, mount.names);
      if (from !== -1) return this.#into(mount, path, from);
    }
    return ENOENT;
  }

  /** To path[from, ...) in a mount; all of it is a path from the root of the tree. */
  #into(mount: Mount, path: Uint8Array, from: number): Res {
    this.mount = mount;
    this.walked = mount.jail === 'walk' || this.#mustWalk;
    if (this.walked) return this.#walk.begin(mount, undefined, path, from);
    this.#base = undefined;
    if (mount.passesThrough && path[0] === SLASH) {
      this.#end = from === path.length ? END.HERE : END.NAME;
      this.#path = path;
      return 0;
    }
    const rest = path.subarray(from);
    if (mount.jail === 'lexical' || this.#leaves(mount, path, rest))
      return this.#intoShortest(path);
    this.#end = rest.length === 0 ? END.HERE : END.NAME;
    this.#path = mount.hostPathOf(rest);
    return 0;
  }

  /** Whether `..` in the rest of a path lead to another mount, as far as the text tells. */
  #leaves(mount: Mount, path: Uint8Array, rest: Uint8Array): boolean {
    if (mount.isHost && mount.inner.length === 0) return false;
    const climb = climbs(rest);
    if (climb !== CLIMB.WITHIN) return climb === CLIMB.OUT;
    if (mount.inner.length === 0) return false;
    const names = shortest(path);
    return this.#mounts.find(({ names: prefix }) => isWithin(names, prefix)) !== mount;
  }

  /** The same, by the names that are left when `..` is resolved in the text. */
  #intoShortest(path: Uint8Array): Res {
    const names = shortest(path);
    const mount = this.#mounts.find(({ names: prefix }) => isWithin(names, prefix));
    if (mount === undefined) return ENOENT;
    const from = mount.names.length === 0 ? 0 : mount.names.length + 1;
    if (mount.jail === 'walk') return this.#into(mount, names, from);
    const rest = names.subarray(from);
    this.mount = mount;
    const end = endKind(path);
    this.#end = rest.length === 0 && end === END.NAME ? END.HERE : end;
    const hadSlash = rest.length > 0 && path[path.length - 1] === SLASH;
    this.#path = mount.hostPathOf(hadSlash ? withSlash(rest) : rest);
    return 0;
  }

  #below(base: PathArg['base'], path: Uint8Array): Res {
    if (!(base instanceof HostFile) || !base.isDirectory) return fail('ENOTDIR');
    const fd = base.hostFd;
    if (fd === -1) return fail('EBADF');
    const mount = this.#mounts.find(({ index }) => index === base.mount)!; // a file is of a mount
    if (mount.jail === 'walk' || this.#mustWalk) {
      this.mount = mount;
      this.walked = true;
      return this.#walk.begin(mount, base.directory, path, 0);
    }
    if (mount.jail === 'none' && base.names === undefined && mount.inner.length === 0) {
      this.mount = mount;
      this.walked = false;
      this.#base = base;
      this.#end = END.NAME;
      this.#path = this.#hostPath.below(fd, path, 0, path.length);
      return 0;
    }
    const names = base.names ?? mount.namesOf(fd);
    return typeof names === 'number' ? names : this.#fromRoot(joined([mount.pathOf(names), path]));
  }
}

/** What the last name of a path is. */
function endKind(path: Uint8Array): End {
  const start = path.lastIndexOf(SLASH) + 1;
  const kind = nameKind(path, start, path.length);
  if (kind === NAME.PLAIN) return END.NAME;
  return kind === NAME.DOT ? END.DOT : END.DOT_DOT;
}

/** Names with a slash at their end. */
function withSlash(names: Uint8Array): Uint8Array {
  const path = new Uint8Array(names.length + 1);
  path.set(names);
  path[names.length] = SLASH;
  return path;
}
