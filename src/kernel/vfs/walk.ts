/** The walk of a path through a jail: name by name, so that the host never follows anything. */
import { fail, type Res } from '../../abi/errno.ts';
import { RESOLVE, S_IF } from '../../abi/files.ts';
import { LINKS_MAX, PATH_BYTES_MAX } from '../../abi/limits.ts';
import { CROSSED, END, type End, LAST, type Last } from './end.ts';
import type { HostPath } from './host-path.ts';
import { type Mount, newStat } from './mount.ts';
import { containsAt, joined, NAME, nameKind, parentOf, SLASH, skipSlashes } from './names.ts';
import { type Directory, ON_THE_WAY } from './parents.ts';
import { Remainder } from './remainder.ts';

// How a walk stays inside
//   It stands in a directory that it holds open, and goes on to one name in it, by the path
//   /proc/self/fd/N/name with O_PATH|O_NOFOLLOW|O_DIRECTORY: the host resolves no `..`, since the
//   walk keeps the directories it came through and goes back to the last of them; and no symlink,
//   since it reads its text and walks that in its place, from the root of the mount if it is
//   absolute. So every directory on its stack was reached by a plain name from the one below, down
//   to the root; whatever is renamed meanwhile, a step leads into what was inside when it was made.
//   The last name is left to the caller, who has the host do one thing to it that follows nothing.
//   There is no check after the fact, which would come too late for O_CREAT and O_TRUNC.
//
// Where it begins
//   At the root of the mount, or at a directory that the process has open. That one is a
//   capability, as on Linux: what is below it can be reached even if it was moved out of the jail.
//   What is above it cannot: its names from the root, as the host tells them now, are walked from
//   there, so that no `..` depends on where somebody moved it.
//
// Walks stay on the executor's thread on a slow mount too. Each step needs the one before, so that
// a path of six names would be six trips to the pool; the host knows most names without its disk;
// and the directories that are kept are believed for one pass only (parents.ts).

const EINVAL = fail('EINVAL');
const ENOENT = fail('ENOENT');
const ENOTDIR = fail('ENOTDIR');
const EISDIR = fail('EISDIR');
const ELOOP = fail('ELOOP');
const EXDEV = fail('EXDEV');
const { NO_XDEV, NO_SYMLINKS, BENEATH, IN_ROOT } = RESOLVE;
const NOTHING = new Uint8Array(0);
const DOT_DOT = new TextEncoder().encode('..');

/** A walk; one object walks many paths, one after the other. */
export class Walk {
  readonly #path: HostPath;
  /** It is the first of the walks that one request makes, so that it may close what others used. */
  readonly #first: boolean;
  #mount!: Mount;
  #resolve = 0;
  #last: Last = LAST.STAYS;
  #links = 0;
  /** st_dev of where it began, once RESOLVE_NO_XDEV asks for it. */
  #device: number | undefined;
  /** Where it stands, on top; below it the directories it came through. */
  readonly #stack: Directory[] = [];
  readonly #left = new Remainder();
  /** Where names from the root are put together. */
  readonly #names = new Uint8Array(PATH_BYTES_MAX);
  readonly #target = new Uint8Array(PATH_BYTES_MAX);
  readonly #stat = newStat();

  /** What it ended at. */
  end: End = END.HERE;
  /** A slash follows the last name. */
  slash = false;
  /** A path from the root of the tree, after CROSSED. */
  elsewhere: Uint8Array = NOTHING;

  constructor(path: HostPath, first: boolean) {
    this.#path = path;
    this.#first = first;
  }

  /** How the host is to name what it ended at: nothing is followed on the way there. */
  get hostPath(): Uint8Array {
    if (this.end === END.HERE) return this.#path.itself(this.#top.fd);
    const { text, start, end } = this.#left;
    return this.#path.below(this.#top.fd, text, start, this.slash ? end + 1 : end);
  }

  /** Names from the root of the mount to what it ended at; undefined if it began elsewhere. */
  get names(): Uint8Array | undefined {
    const { names } = this.#top;
    if (names === undefined || this.end === END.HERE) return names;
    return joined([names, this.#left.name]);
  }

  /** Says how the next walk goes: RESOLVE_ flags, and its last name. It followed nothing yet. */
  plan(resolve: number, last: Last): void {
    this.#resolve = resolve;
    this.#last = last;
    this.#links = 0;
  }

  /** Walks text[from, ...) from the root of a mount, or from `base` in it: 0, CROSSED or -errno. */
  begin(mount: Mount, base: Directory | undefined, text: Uint8Array, from: number): Res {
    const root = mount.openRoot();
    if (typeof root === 'number') return root;
    if (this.#first) mount.parents.sweep();
    this.#mount = mount;
    this.#left.clear();
    if (base === undefined && this.#isKnown(text, from)) return 0;
    this.#stand(base ?? root);
    this.#left.put(text, from);
    if (base !== undefined && mount.inner.length > 0 && !this.#isScoped) this.#findBase(base, root);
    this.#device = undefined;
    const res = this.#checkDevice(this.#top);
    return res < 0 ? res : this.#run();
  }

  /** Counts a symlink that was followed, or a mount that was entered: 0 or -ELOOP. */
  count(): Res {
    return ++this.#links > LINKS_MAX ? ELOOP : 0;
  }

  /**
   * Walks the text of the symlink that it ended at, to the end of that: 0, CROSSED, or -errno,
   * among them -EINVAL when there is no symlink.
   */
  follow(): Res {
    if (this.end !== END.NAME) return EINVAL;
    const res = this.#readLink();
    return res < 0 ? res : this.#run();
  }

  /** Keeps the directory it stands in open for a pooled call; what to call when that came back. */
  pin(): () => void {
    const { parents } = this.#mount;
    const directory = this.#top;
    parents.pin(directory);
    return () => parents.unpin(directory);
  }

  get #top(): Directory {
    return this.#stack[this.#stack.length - 1]!;
  }

  get #isScoped(): boolean {
    return (this.#resolve & (BENEATH | IN_ROOT)) !== 0;
  }

  /** Most paths: a plain name in a directory that is kept. Directories are kept by plain names. */
  #isKnown(text: Uint8Array, from: number): boolean {
    const first = skipSlashes(text, from);
    const slash = text.lastIndexOf(SLASH);
    const start = Math.max(first, slash + 1);
    if (this.#resolve !== 0 || start >= text.length) return false;
    if (nameKind(text, start, text.length) !== NAME.PLAIN) return false;
    const { parents } = this.#mount;
    const parent = slash < first ? parents.root : parents.find(text, first, slash);
    if (parent === undefined) return false;
    this.#stand(parent);
    this.#left.look(text, start, text.length);
    this.slash = false;
    this.end = END.NAME;
    return true;
  }

  /** Walks to `base` from the root, if it is still inside: mounts are known by names from there. */
  #findBase(base: Directory, root: Directory): void {
    const names = this.#mount.namesOf(base.fd);
    if (typeof names === 'number') return;
    this.#stand(root);
    this.#left.put(names, 0);
  }

  #run(): Res {
    for (;;) {
      if (!this.#left.next()) {
        this.end = END.HERE;
        return 0;
      }
      this.end = this.#endKind();
      this.slash = this.#left.hasSlash;
      if (this.#left.isLast) {
        const isPlain = this.end === END.NAME && !this.slash;
        if (isPlain || this.#last === LAST.STAYS) return 0;
        const isDot = this.end === END.DOT || this.end === END.DOT_DOT;
        if (this.#last === LAST.IS_MADE && !isDot && this.slash) return EISDIR;
      }
      const res = this.#step();
      if (res !== 0) return res;
    }
  }

  #endKind(): End {
    const { kind } = this.#left;
    if (kind !== NAME.PLAIN) return kind === NAME.DOT ? END.DOT : END.DOT_DOT;
    const { inner } = this.#mount;
    if (inner.length === 0) return END.NAME;
    const length = this.#putNames();
    const isMount = inner.some(
      (names) => names.length === length && containsAt(this.#names, names, 0),
    );
    return isMount ? END.MOUNT : END.NAME;
  }

  /** Goes through the name it looks at: 0, CROSSED or -errno. */
  #step(): Res {
    if (this.end === END.NAME) return this.#enter();
    if (this.end === END.DOT) return 0;
    if (this.end === END.DOT_DOT) return this.#goUp();
    return this.#cross(this.#mount.pathOf(this.#names.subarray(0, this.#putNames())));
  }

  #enter(): Res {
    const { files, parents } = this.#mount;
    const length = this.#putNames();
    let directory = length > 0 ? parents.find(this.#names, 0, length) : undefined;
    if (directory === undefined) {
      const fd = files.open(this.#namePath, ON_THE_WAY, 0);
      if (fd === ENOTDIR) return this.#goThrough();
      if (fd < 0) return fd;
      directory = length > 0 ? parents.add(fd, this.#names, length) : parents.borrow(fd);
    }
    this.#stack.push(directory);
    return this.#checkDevice(directory);
  }

  /** With RESOLVE_NO_XDEV all directories are on one device. */
  #checkDevice({ fd }: Directory): Res {
    if ((this.#resolve & NO_XDEV) === 0) return 0;
    const res = this.#mount.files.fstat(fd, this.#stat);
    if (res < 0) return res;
    this.#device ??= this.#stat.dev;
    return this.#stat.dev === this.#device ? 0 : EXDEV;
  }

  /** The name was no directory: a symlink is followed; what became one just now is tried again. */
  #goThrough(): Res {
    const res = this.#readLink();
    if (res !== EINVAL) return res;
    const found = this.#mount.files.stat(this.#namePath, false, this.#stat);
    if (found < 0) return found;
    const type = this.#stat.mode & S_IF.FMT;
    if (type !== S_IF.DIR && type !== S_IF.LNK) return ENOTDIR;
    this.#left.repeat();
    return this.count();
  }

  /** Puts the text of a symlink in the place of its name; -EINVAL when it is none. */
  #readLink(): Res {
    const length = this.#mount.files.readlink(this.#namePath, this.#target);
    if (length < 0) return length;
    if ((this.#resolve & NO_SYMLINKS) !== 0 || this.count() < 0) return ELOOP;
    if (length === 0) return ENOENT;
    if (this.#target[0] === SLASH) {
      if ((this.#resolve & BENEATH) !== 0) return EXDEV;
      const { root } = this.#mount.parents;
      this.#stand((this.#resolve & IN_ROOT) !== 0 ? this.#stack[0]! : root!); // begin() opened it
    }
    this.#left.put(this.#target.slice(0, length), 0);
    return 0;
  }

  #goUp(): Res {
    if (this.#stack.length > 1) {
      this.#stack.pop();
      return 0;
    }
    if (this.#isScoped) return (this.#resolve & BENEATH) !== 0 ? EXDEV : 0;
    const mount = this.#mount;
    const names = this.#top.names ?? mount.namesOf(this.#top.fd);
    if (typeof names === 'number') return names;
    if (names.length === 0)
      return mount.names.length === 0 ? 0 : this.#cross(parentOf(mount.names));
    this.#stand(mount.parents.root!); // begin() opened it
    this.#left.put(joined([names, DOT_DOT]), 0);
    return 0;
  }

  /** What is left is to be walked from `names` in the tree. */
  #cross(names: Uint8Array): Res {
    if (this.#isScoped || (this.#resolve & NO_XDEV) !== 0) return EXDEV;
    this.elsewhere = this.#left.after(names);
    return this.count() < 0 ? ELOOP : CROSSED;
  }

  get #namePath(): Uint8Array {
    const { text, start, end } = this.#left;
    return this.#path.below(this.#top.fd, text, start, end);
  }

  /** Names from the root to the name it looks at, in #names; their bytes, 0 if unknown or long. */
  #putNames(): number {
    const { names } = this.#top;
    if (names === undefined) return 0;
    const { text, start, end } = this.#left;
    let at = names.length;
    if (at + 1 + end - start > this.#names.length) return 0;
    this.#names.set(names);
    if (at > 0) this.#names[at++] = SLASH;
    for (let from = start; from < end; from++) this.#names[at++] = text[from]!;
    return at;
  }

  #stand(directory: Directory): void {
    this.#stack.length = 0;
    this.#stack.push(directory);
  }
}
