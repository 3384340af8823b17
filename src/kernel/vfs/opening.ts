/** Opens what a path leads to: its flags, the symlinks behind its last name, its type. */
import { fail, type Res } from '../../abi/errno.ts';
import { O, S_IF } from '../../abi/files.ts';
import { LINKS_MAX } from '../../abi/limits.ts';
import type { FileRows } from '../../ring/file-rows.ts';
import type { OpenHow, PathArg } from '../file-system.ts';
import type { HostStat } from '../host.ts';
import type { Request } from '../request.ts';
import { END, LAST } from './end.ts';
import { type FileFacts, HostFile } from './host-file.ts';
import { type Mount, newStat } from './mount.ts';
import type { Place } from './place.ts';

// Every open is O_NONBLOCK, so that no FIFO or terminal can hold its thread, which nothing could
// end then, O_NOCTTY and O_CLOEXEC; and is followed by fstat(2), on what it opened: what is neither
// a regular file nor a directory is closed again. With O_PATH nothing is opened that could do harm.
//
// Opening to read without that check is for whoever reads all of a file at once, with positions:
// FIFOs, sockets and terminals refuse those (ESPIPE, to be reported as ENXIO); and since devices
// may not (/dev/zero has no end, /dev/null only one), a result of 0, or one that fills the buffer,
// is to be trusted only after a look at the type. So the one call is saved where it matters most,
// for small files, whose first read is short. What remains is a device that answers a positional
// read with less than was asked for: its bytes are taken for a file's.
//
// A descriptor is noted as soon as this thread knows it, before it is looked at: the pool does
// that, and the thread may end meanwhile (file-rows.ts).

const EINVAL = fail('EINVAL');
const ELOOP = fail('ELOOP');
const ENOENT = fail('ENOENT');
const ENOTDIR = fail('ENOTDIR');
const ENXIO = fail('ENXIO');
const { CREAT, EXCL, NOFOLLOW, DIRECTORY, PATH } = O;
const ALWAYS = O.NONBLOCK | O.NOCTTY | O.CLOEXEC;
const WITH_PATH = PATH | DIRECTORY | NOFOLLOW | O.CLOEXEC;
const { FMT, REG, DIR, LNK } = S_IF;

/** Filled and read at once. */
const STAT = newStat();

type Done = (res: Res) => void;

/** O_ flags for the host. */
function hostFlags(flags: number, walked: boolean): number {
  const never = walked ? NOFOLLOW : 0;
  if ((flags & PATH) !== 0) return (flags & WITH_PATH) | O.CLOEXEC | never;
  return (flags & ~O.ASYNC) | ALWAYS | never;
}

/** Whether the last name is to be followed if it is a symlink. */
const follows = (flags: number): boolean =>
  (flags & NOFOLLOW) === 0 && (flags & (CREAT | EXCL)) !== (CREAT | EXCL);

/** Whether what open(2) answered may mean that the last name is a symlink to be followed. */
function mayBeLink(mount: Mount, fd: Res, flags: number): boolean {
  if (!follows(flags)) return false;
  if (fd < 0) return fd === ELOOP || (fd === ENOTDIR && (flags & DIRECTORY) !== 0);
  // O_PATH opens the symlink itself.
  return (flags & PATH) !== 0 && mount.files.fstat(fd, STAT) === 0 && (STAT.mode & FMT) === LNK;
}

/** What an open is to become. */
export interface Opening {
  readonly request: Request;
  readonly path: PathArg;
  readonly how: OpenHow;
  /** Whether its type is looked at. */
  readonly isChecked: boolean;
  /** Where the descriptor is noted. */
  readonly rows: FileRows;
}

/** Finds what is to be opened: 0 or -errno. */
export function findToOpen(place: Place, path: PathArg, { flags, resolve }: OpenHow): Res {
  const last = (flags & CREAT) === 0 ? LAST.IS_ENTERED : LAST.IS_MADE;
  return place.find(path, resolve, last);
}

/** Opens it at once: 0 and request.file, or -errno. */
export function openNow(place: Place, { request, how, isChecked, rows }: Opening): Res {
  const fd = openDescriptor(place, how);
  if (fd < 0) return fd;
  const { mount } = place;
  const row = rows.hold(mount.index, fd);
  if (!isChecked) return become(request, mount, fd, unchecked(how.flags, rows, row));
  mount.pace.begin();
  const res = mount.files.fstat(fd, STAT);
  mount.pace.end(0);
  return admit(request, place, { fd, flags: how.flags, rows, row }, { res, stat: STAT });
}

function openDescriptor(place: Place, { flags, mode }: OpenHow): Res {
  for (;;) {
    const { mount, walked } = place;
    mount.pace.begin();
    const fd = mount.files.open(place.path, hostFlags(flags, walked), mode);
    mount.pace.end(0);
    if (!walked || !mayBeLink(mount, fd, flags)) return fd;
    if (fd >= 0) mount.files.close(fd);
    const res = place.follow();
    if (res === 0) continue;
    if (res !== EINVAL) return res;
    // It is no symlink: never was, or not any more.
    if (fd === ENOTDIR) return fd;
    if (place.count() < 0) return ELOOP;
  }
}

/** Follows the last name as long as it is a symlink: 0 or -errno. */
export function followLinks(place: Place): Res {
  while (place.walked && place.end === END.NAME) {
    const res = place.follow();
    if (res === EINVAL || res === ENOENT) return 0; // the next call says which
    if (res < 0) return res;
  }
  return 0;
}

/**
 * Opens it by the pool. The path is walked here, at the moment the pool has room; when the last
 * name becomes a symlink after that, everything is done again.
 */
export function openLater(place: Place, opening: Opening, done: Done, attempt = 0): void {
  const { request, path, how, isChecked, rows } = opening;
  const { flags, mode } = how;
  let res = findToOpen(place, path, how);
  if (res === 0 && follows(flags)) res = followLinks(place);
  if (res < 0) {
    done(res);
    return;
  }
  const { mount, walked, names } = place;
  place.pool('open', [place.ownPath, hostFlags(flags, walked), mode], (fd) => {
    const isLink = fd === ELOOP && walked && follows(flags);
    if (isLink && attempt < LINKS_MAX) {
      openLater(place, opening, done, attempt + 1);
      return;
    }
    if (fd < 0) {
      done(fd);
      return;
    }
    const row = rows.hold(mount.index, fd);
    if (isChecked) checkLater(request, { mount, names }, { fd, flags, rows, row }, done);
    else done(become(request, mount, fd, unchecked(flags, rows, row)));
  });
}

/** Looks by the pool at what was opened. */
function checkLater(
  request: Request,
  at: Pick<Place, 'mount' | 'names'>,
  opened: Opened,
  done: Done,
): void {
  const stat = newStat();
  at.mount.files.later('fstat', [opened.fd, stat], (res) =>
    done(admit(request, at, opened, { res, stat })),
  );
}

/** An open descriptor, and where it is noted. */
interface Opened extends Pick<FileFacts, 'flags' | 'rows' | 'row'> {
  readonly fd: number;
}

/** What fstat(2) answered. */
interface Looked {
  readonly res: Res;
  readonly stat: HostStat;
}

/** Makes the file, if it is one that the mount serves; else closes it. */
function admit(
  request: Request,
  at: Pick<Place, 'mount' | 'names'>,
  { fd, flags, rows, row }: Opened,
  { res, stat }: Looked,
): Res {
  const { mount } = at;
  const refused = res < 0 ? res : refusal(mount, flags, stat.mode & FMT);
  if (refused < 0) {
    rows.free(row);
    mount.files.close(fd);
    return refused;
  }
  rows.identify(row, stat);
  const type = stat.mode & FMT;
  const isDirectory = type === DIR;
  return become(request, mount, fd, {
    flags,
    isDirectory,
    isStream: !isDirectory && type !== REG,
    names: isDirectory && mount.knowsByName(fd) ? at.names : undefined,
    rows,
    row,
  });
}

/** -ENXIO for what can do harm; a symlink that was to be followed appeared too late. */
function refusal(mount: Mount, flags: number, type: number): Res {
  if (type === REG || type === DIR) return 0;
  if ((flags & PATH) !== 0) return type === LNK && follows(flags) ? ELOOP : 0;
  return mount.devices ? 0 : ENXIO;
}

const unchecked = (flags: number, rows: FileRows, row: number): FileFacts => ({
  flags,
  isDirectory: false,
  isStream: false,
  names: undefined,
  rows,
  row,
});

function become(request: Request, mount: Mount, fd: number, facts: FileFacts): Res {
  request.file = new HostFile(mount, fd, facts);
  return 0;
}
