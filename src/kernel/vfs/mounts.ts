/** The mounts of a kernel, as one tree of files. */
import { fail, type Res } from '../../abi/errno.ts';
import { O, RESOLVE, S_IF } from '../../abi/files.ts';
import { LINKS_MAX } from '../../abi/limits.ts';
import { createFileRows, FileRows, NO_FILE_ROW } from '../../ring/file-rows.ts';
import type { Clock } from '../clock.ts';
import type { FileSystem, OpenHow, PathArg } from '../file-system.ts';
import type { HostCalls, HostStat } from '../host.ts';
import type { KernelCalls, Outcome } from '../operation.ts';
import type { Request } from '../request.ts';
import { CREATE, LAST, LINK, RENAME, RMDIR, UNLINK } from './end.ts';
import { type FileState, HostFile } from './host-file.ts';
import { descriptorFolder, HostPath } from './host-path.ts';
import { Mount, type MountSpec, newStat } from './mount.ts';
import { noteWords } from './notes.ts';
import { findToOpen, followLinks, type Opening, openLater, openNow } from './opening.ts';
import { Place } from './place.ts';

// Each call finds its places first, on this thread (walk.ts says why). Errors end it there. Then
// the pace of the mount says whether the host is asked at once or by the pool; if by the pool, the
// places are found again when the pool has room: a descriptor they go by may be another's by then,
// and a request that ends while it waits would leave behind whatever was kept for it.

const { FMT, LNK } = S_IF;
const EXDEV = fail('EXDEV');
const EBUSY = fail('EBUSY');
const TO_READ: OpenHow = { flags: O.RDONLY, mode: 0, resolve: 0 };
/** What mkdir(2) takes of a mode: permissions and the sticky bit. */
const MKDIR_MODE = 0o1777;

type Done = (res: Res) => void;

/** A call on names: finds its places, then is one call of the host. */
interface NameCall<K extends keyof HostCalls> {
  readonly call: K;
  /** It has a second path. */
  readonly isOfTwo: boolean;
  readonly find: () => Res;
  readonly args: () => Parameters<HostCalls[K]>;
}

/** The calls of a host, so that one can be chosen by name. */
type AnyCalls = { readonly [K in keyof HostCalls]: (...args: Parameters<HostCalls[K]>) => Res };

/** The file system of one executor. */
export class Mounts implements FileSystem {
  /** By index. */
  readonly #mounts: readonly Mount[];
  // Where the paths of a call lead. Calls do not overlap, so two are enough.
  readonly #first: Place;
  readonly #second: Place;
  readonly #rows: FileRows;

  /**
   * `notes`: noteWords(specs.length) words, zero at first, that outlive this thread. Descriptors
   * that are noted there belonged to one that died, and are closed. `rows`: where its files are
   * noted, see revive(); nowhere unless told.
   */
  constructor(
    specs: readonly MountSpec[],
    clock: Clock,
    notes: Int32Array = new Int32Array(noteWords(specs.length)),
    rows: FileRows = new FileRows(createFileRows(0)),
  ) {
    this.#rows = rows;
    const walked = specs.filter(({ jail }) => jail === 'walk').map(({ files }) => files);
    const folder = descriptorFolder(walked);
    const path = new HostPath(folder);
    this.#mounts = specs.map((spec, index) => {
      const own = notes.subarray(noteWords(index), noteWords(index + 1));
      return new Mount(spec, { index, clock, path, notes: own });
    });
    for (const mount of this.#mounts) mount.learn(this.#mounts);
    const longestFirst = this.#mounts.toSorted((a, b) => b.names.length - a.names.length);
    this.#first = new Place(longestFirst, new HostPath(folder), true);
    this.#second = new Place(longestFirst, new HostPath(folder), false);
  }

  /**
   * A new pass of the machine begins: to be called before the entries of a batch are taken, because
   * no directory that was walked to before is believed to be in its place after it (parents.ts).
   */
  endPass(): void {
    const mounts = this.#mounts;
    for (let i = 0; i < mounts.length; i++) mounts[i]!.parents.endPass();
  }

  /** Closes what the mounts keep open for themselves, as the last call. Files stay open. */
  close(): void {
    for (const { parents } of this.#mounts) parents.close();
  }

  /**
   * Makes the file again that an executor had open when it ended, held once, and noted in `row`.
   * Undefined when its descriptor is closed or another file's by now, as far as is known.
   */
  revive(state: FileState, row = NO_FILE_ROW): HostFile | undefined {
    const { hostFd, flags, isDirectory, position, dev, ino } = state;
    const mount = this.#mounts[state.mount];
    const stat = newStat();
    if (mount === undefined || mount.files.fstat(hostFd, stat) < 0) return undefined;
    if (ino !== 0 && (stat.dev !== dev || stat.ino !== ino)) return undefined;
    const isStream = !isDirectory && (stat.mode & FMT) !== S_IF.REG;
    const facts = { flags, isDirectory, isStream, names: undefined, rows: this.#rows, row };
    const file = new HostFile(mount, hostFd, facts);
    file.position = position;
    return file;
  }

  open(r: Request, k: KernelCalls, path: PathArg, how: OpenHow): Outcome {
    // What is cached is the host's secret.
    if ((how.resolve & RESOLVE.CACHED) !== 0) return fail('EAGAIN');
    return this.#open(k, { request: r, path, how, isChecked: true, rows: this.#rows });
  }

  openToRead(r: Request, k: KernelCalls, path: PathArg): Outcome {
    return this.#open(k, { request: r, path, how: TO_READ, isChecked: false, rows: this.#rows });
  }

  #open(k: KernelCalls, opening: Opening): Outcome {
    const place = this.#first;
    const { request, path, how } = opening;
    const res = findToOpen(place, path, how);
    if (res < 0) return res;
    if (place.mount.pace.defers(request))
      return k.later(request, (done) => openLater(place, opening, done));
    return openNow(place, opening);
  }

  stat(r: Request, k: KernelCalls, path: PathArg, follow: boolean, into: HostStat): Outcome {
    const place = this.#first;
    const res = place.find(path, 0, LAST.IS_ENTERED);
    if (res < 0) return res;
    if (place.mount.pace.defers(r))
      return k.later(r, (done) => this.#statLater(path, follow, into, done));
    return this.#statNow(place, follow, into);
  }

  #statNow(place: Place, follow: boolean, into: HostStat): Res {
    for (;;) {
      const { mount, walked } = place;
      mount.pace.begin();
      const res = mount.files.stat(place.path, follow && !walked, into);
      mount.pace.end(0);
      if (res < 0 || !walked || !follow || (into.mode & FMT) !== LNK) return res;
      const followed = place.follow();
      // A symlink no more: asked again.
      const next = followed === fail('EINVAL') ? place.count() : followed;
      if (next < 0) return next;
    }
  }

  #statLater(path: PathArg, follow: boolean, into: HostStat, done: Done, attempt = 0): void {
    const place = this.#first;
    let res = place.find(path, 0, LAST.IS_ENTERED);
    if (res === 0 && follow) res = followLinks(place);
    if (res < 0) {
      done(res);
      return;
    }
    const { walked } = place;
    place.pool('stat', [place.ownPath, follow && !walked, into], (found) => {
      const isLink = found === 0 && (into.mode & FMT) === LNK;
      if (!isLink || !walked || !follow) done(found);
      else if (attempt === LINKS_MAX) done(fail('ELOOP'));
      else this.#statLater(path, follow, into, done, attempt + 1);
    });
  }

  rename(r: Request, k: KernelCalls, from: PathArg, to: PathArg): Outcome {
    const [first, second] = [this.#first, this.#second];
    const find = (): Res => {
      const res = first.find(from, 0, LAST.STAYS) || second.find(to, 0, LAST.STAYS);
      if (res < 0) return res;
      if (first.mount !== second.mount) return EXDEV;
      if (first.isBusy || second.isBusy) return EBUSY;
      return RENAME[first.end] || RENAME[second.end];
    };
    const args = (): [Uint8Array, Uint8Array] => [first.ownPath, second.ownPath];
    return this.#byName(r, k, { call: 'rename', isOfTwo: true, find, args });
  }

  remove(r: Request, k: KernelCalls, path: PathArg, directory: boolean): Outcome {
    const place = this.#first;
    const find = (): Res => {
      const res = place.find(path, 0, LAST.STAYS);
      if (res < 0) return res;
      const refused = (directory ? RMDIR : UNLINK)[place.end];
      return refused === 0 && directory && place.isBusy ? EBUSY : refused;
    };
    const args = (): [Uint8Array] => [place.ownPath];
    const call = directory ? 'rmdir' : 'unlink';
    return this.#byName(r, k, { call, isOfTwo: false, find, args });
  }

  mkdir(r: Request, k: KernelCalls, path: PathArg, mode: number): Outcome {
    const place = this.#first;
    const find = (): Res => place.find(path, 0, LAST.STAYS) || CREATE[place.end];
    const args = (): [Uint8Array, number] => [place.ownPath, mode & MKDIR_MODE];
    return this.#byName(r, k, { call: 'mkdir', isOfTwo: false, find, args });
  }

  symlink(r: Request, k: KernelCalls, target: Uint8Array, path: PathArg): Outcome {
    const place = this.#first;
    const find = (): Res => place.find(path, 0, LAST.STAYS) || CREATE[place.end];
    const args = (): [Uint8Array, Uint8Array] => [target, place.ownPath];
    return this.#byName(r, k, { call: 'symlink', isOfTwo: false, find, args });
  }

  /** Node's link() follows nothing; so where `existing` is to be followed, it is walked. */
  link(r: Request, k: KernelCalls, existing: PathArg, path: PathArg, follow: boolean): Outcome {
    const [first, second] = [this.#first, this.#second];
    const find = (): Res => {
      let res = first.find(existing, 0, LAST.IS_ENTERED, follow);
      if (res === 0 && follow) res = followLinks(first);
      res ||= second.find(path, 0, LAST.STAYS);
      if (res < 0) return res;
      if (first.mount !== second.mount) return EXDEV;
      return LINK[first.end] || CREATE[second.end];
    };
    const args = (): [Uint8Array, Uint8Array] => [first.ownPath, second.ownPath];
    return this.#byName(r, k, { call: 'link', isOfTwo: true, find, args });
  }

  #byName<K extends keyof HostCalls>(r: Request, k: KernelCalls, work: NameCall<K>): Outcome {
    const res = work.find();
    if (res < 0) return res;
    const { files, pace, parents } = this.#first.mount;
    if (pace.defers(r)) return k.later(r, (done) => this.#byNameLater(work, done));
    const calls: AnyCalls = files;
    pace.begin();
    const result = calls[work.call](...work.args());
    pace.end(0);
    parents.forget(); // directories may be elsewhere now
    return result;
  }

  #byNameLater<K extends keyof HostCalls>(work: NameCall<K>, done: Done): void {
    const res = work.find();
    if (res < 0) {
      done(res);
      return;
    }
    const { parents } = this.#first.mount;
    const begin = (ended: Done): void => this.#first.pool(work.call, work.args(), ended);
    const told = (result: Res): void => {
      parents.forget();
      done(result);
    };
    if (work.isOfTwo) this.#second.keepDuring(begin, told);
    else begin(told);
  }
}
