/** An open file of a mount. */
import { fail, type Res } from '../../abi/errno.ts';
import { O } from '../../abi/files.ts';
import { FILE_POSITION_MAX, PACE_BYTE_NS, PACE_NAME_NS } from '../../abi/limits.ts';
import { type FileRow, type FileRows, NO_FILE_ROW } from '../../ring/file-rows.ts';
import { AT_END, AT_END_MOVING, type FileObject } from '../file-system.ts';
import type { HostEntry, HostStat } from '../host.ts';
import { Description } from '../open-file.ts';
import type { KernelCalls, Outcome } from '../operation.ts';
import type { Request } from '../request.ts';
import { type Mount, newStat } from './mount.ts';
import { Directory } from './parents.ts';

// The host's descriptor is closed when the last hold is dropped, and a pooled call holds the file
// from its beginning until it came back: were it closed before, the host could give its number to
// another file, and the call would read or write that. A call that waits for the pool holds nothing
// itself, and finds the file closed when it begins.
//
// The position is kept here, since Node has no lseek(2). It moves when a transfer at -1 ends, as in
// Linux, so that two at once begin at the same byte. Appends are left to the host, which finds the
// end and writes there in one step; where that was is asked afterwards. (One append to a file that
// was opened without O_APPEND is written to where the end is, or will be when all appends before it
// have come back.) What has no place for bytes to be at (devices, FIFOs) is read and written as the
// host goes along.
//
// Closing stays on the executor's thread: it does no I/O on local file systems, and a number that
// is closed later, while the thread may be ending, is one that nobody closes.

const EBADF = fail('EBADF');
const EFBIG = fail('EFBIG');
const { PATH, APPEND, ACCMODE, RDONLY, WRONLY, RDWR } = O;
/** Filled and read at once. */
const STAT = newStat();

/** What of an open file outlives its executor; Mounts.revive() makes the file of it again. */
export type FileState = Omit<FileRow, 'isNumbered' | 'processLow' | 'processHigh' | 'fd'>;

/** What else is known of a file when it is opened. */
export interface FileFacts extends Pick<FileState, 'flags' | 'isDirectory'> {
  /** It has no positions: a device, a FIFO, a socket. */
  readonly isStream: boolean;
  /** A directory's names from the root of its mount, where no descriptor leads back to it. */
  readonly names: Uint8Array | undefined;
  /** Where its descriptor is noted until it is closed. */
  readonly rows: FileRows;
  readonly row: number;
}

type Views = readonly Uint8Array[];
type Done = (res: Res) => void;

/** Held once by whoever opened it. */
export class HostFile extends Description implements FileObject {
  readonly flags: number;
  readonly isDirectory: boolean;
  readonly isStream: boolean;
  readonly names: Uint8Array | undefined;
  /** Where its descriptor is noted, until that is closed; or NO_FILE_ROW. */
  row: number;
  readonly #rows: FileRows;
  #position = 0;
  readonly #mount: Mount;
  #hostFd: number;
  /** Appends by position that the pool carries out, and where the last one will end. */
  #appends = 0;
  #appendsEnd = 0;
  #directory: Directory | undefined;

  constructor(mount: Mount, hostFd: number, facts: FileFacts) {
    super();
    this.#mount = mount;
    this.#hostFd = hostFd;
    this.flags = facts.flags;
    this.isDirectory = facts.isDirectory;
    this.isStream = facts.isStream;
    this.names = facts.names;
    this.#rows = facts.rows;
    this.row = facts.row;
  }

  get file(): this {
    return this;
  }

  get position(): number {
    return this.#position;
  }

  set position(position: number) {
    this.#position = position;
    this.#rows.move(this.row, position);
  }

  get mount(): number {
    return this.#mount.index;
  }

  /** -1 once it is closed. */
  get hostFd(): number {
    return this.#hostFd;
  }

  /** Itself as the beginning of a walk. */
  get directory(): Directory {
    this.#directory ??= new Directory(this.#hostFd, undefined, 0, this);
    return this.#directory;
  }

  protected released(): void {
    const fd = this.#hostFd;
    this.#hostFd = -1;
    this.#rows.free(this.row); // F8, F9: see file-rows.ts
    this.row = NO_FILE_ROW;
    this.#mount.files.close(fd);
  }

  read(r: Request, k: KernelCalls, bytes: Uint8Array, at: number, n: number, pos: number): Outcome {
    const refused = this.#refuseRead();
    if (refused !== 0) return refused;
    const { files, pace } = this.#mount;
    if (pace.defers(r))
      return this.#poolTransfer(r, k, { pos, n, writes: false }, (fd, from, done) =>
        files.later('read', [fd, bytes, at, n, from], done),
      );
    const from = this.#where(pos, false);
    if (from > FILE_POSITION_MAX - n) return 0;
    pace.begin();
    const res = files.read(this.#hostFd, bytes, at, n, from);
    pace.end(res > 0 ? res * PACE_BYTE_NS : 0);
    if (pos === -1 || pos === AT_END_MOVING) this.#moved(from, res);
    return res;
  }

  write(r: Request, k: KernelCalls, data: Uint8Array, at: number, n: number, pos: number): Outcome {
    const refused = this.#refuseWrite();
    if (refused !== 0) return refused;
    const { files, pace } = this.#mount;
    if (pace.defers(r))
      return this.#poolTransfer(r, k, { pos, n, writes: true }, (fd, from, done) =>
        files.later('write', [fd, data, at, n, from], done),
      );
    const from = this.#where(pos, true);
    if (from > FILE_POSITION_MAX - n) return EFBIG;
    pace.begin();
    const res = files.write(this.#hostFd, data, at, n, from);
    pace.end(res > 0 ? res * PACE_BYTE_NS : 0);
    if (pos === -1 || pos === AT_END_MOVING) this.#moved(from, res);
    return res;
  }

  readv(r: Request, k: KernelCalls, views: Views, pos: number): Outcome {
    return this.#refuseRead() || this.#vector(r, k, views, pos, false);
  }

  writev(r: Request, k: KernelCalls, views: Views, pos: number): Outcome {
    return this.#refuseWrite() || this.#vector(r, k, views, pos, true);
  }

  #vector(r: Request, k: KernelCalls, views: Views, pos: number, writes: boolean): Outcome {
    const n = views.reduce((sum, { length }) => sum + length, 0);
    if (n === 0) return 0;
    const { files, pace } = this.#mount;
    const call = writes ? 'writev' : 'readv';
    if (pace.defers(r))
      return this.#poolTransfer(r, k, { pos, n, writes }, (fd, from, done) =>
        files.later(call, [fd, views, from], done),
      );
    const from = this.#where(pos, writes);
    if (from > FILE_POSITION_MAX - n) return writes ? EFBIG : 0;
    pace.begin();
    const res = files[call](this.#hostFd, views, from);
    pace.end(res > 0 ? res * PACE_BYTE_NS : 0);
    if (pos === -1 || pos === AT_END_MOVING) this.#moved(from, res);
    return res;
  }

  /** Always by the pool: it waits for the disk. */
  sync(r: Request, k: KernelCalls, dataOnly: boolean): Outcome {
    if ((this.flags & PATH) !== 0) return EBADF;
    const { files } = this.#mount;
    const call = dataOnly ? 'fdatasync' : 'fsync';
    return this.#pool(r, k, (fd, done) => files.later(call, [fd], done));
  }

  /** EINVAL unless it is open for writing, as ftruncate(2) has it. */
  truncate(r: Request, k: KernelCalls, length: number): Outcome {
    if ((this.flags & PATH) !== 0) return EBADF;
    if (this.#refuseWrite() !== 0 || this.isStream || length < 0) return fail('EINVAL');
    if (length > FILE_POSITION_MAX) return EFBIG;
    const { files, pace } = this.#mount;
    if (pace.defers(r))
      return this.#pool(r, k, (fd, done) => files.later('ftruncate', [fd, length], done));
    pace.begin();
    const res = files.ftruncate(this.#hostFd, length);
    pace.end(0);
    return res;
  }

  stat(r: Request, k: KernelCalls, into: HostStat): Outcome {
    const { files, pace } = this.#mount;
    if (pace.defers(r))
      return this.#pool(r, k, (fd, done) => files.later('fstat', [fd, into], done));
    pace.begin();
    const res = files.fstat(this.#hostFd, into);
    pace.end(0);
    return res;
  }

  list(r: Request, k: KernelCalls, into: HostEntry[]): Outcome {
    if ((this.flags & PATH) !== 0) return EBADF;
    if (!this.isDirectory) return fail('ENOTDIR');
    const { files, pace } = this.#mount;
    const { names } = this;
    const path = names ? this.#mount.hostPathOf(names) : `/proc/self/fd/${this.#hostFd}`;
    if (pace.defers(r))
      return this.#pool(r, k, (_, done) => files.later('readdir', [path, into], done));
    pace.begin();
    const res = files.readdir(path, into);
    pace.end(res > 0 ? res * PACE_NAME_NS : 0);
    return res;
  }

  #refuseRead(): Res {
    const access = this.flags & (PATH | ACCMODE);
    if (access !== RDONLY && access !== RDWR) return EBADF;
    return this.isDirectory ? fail('EISDIR') : 0;
  }

  #refuseWrite(): Res {
    const access = this.flags & (PATH | ACCMODE);
    return access === WRONLY || access === RDWR ? 0 : EBADF;
  }

  /** The position of the host's call, -1 for its own. O_APPEND wins over all (SEMANTICS O1). */
  #where(pos: number, writes: boolean): number {
    if (this.isStream || (writes && (this.flags & APPEND) !== 0)) return -1;
    if (pos === AT_END || pos === AT_END_MOVING) return this.#end();
    return pos === -1 ? this.position : pos;
  }

  /** Where bytes go that are to be the last ones. */
  #end(): number {
    const size = this.#mount.files.fstat(this.#hostFd, STAT) === 0 ? STAT.size : 0;
    return this.#appends === 0 ? size : Math.max(size, this.#appendsEnd);
  }

  /** A transfer at the file's position ended that the host began at `from`. */
  #moved(from: number, res: Res): void {
    if (res <= 0 || this.isStream) return;
    if (from !== -1) this.position = from + res;
    else if (this.#mount.files.fstat(this.#hostFd, STAT) === 0) this.position = STAT.size;
    else this.position += res;
  }

  /** A transfer by the pool; where it begins is decided when it does. */
  #poolTransfer(
    r: Request,
    k: KernelCalls,
    { pos, n, writes }: { readonly pos: number; readonly n: number; readonly writes: boolean },
    begin: (fd: number, from: number, done: Done) => void,
  ): Outcome {
    return this.#pool(r, k, (fd, done) => {
      const from = this.#where(pos, writes);
      if (from > FILE_POSITION_MAX - n) {
        done(writes ? EFBIG : 0);
        return;
      }
      const appends = from !== -1 && pos < -1;
      if (appends) {
        this.#appends++;
        this.#appendsEnd = from + n;
      }
      begin(fd, from, (res) => {
        if (appends) this.#appends--;
        if (pos === -1 || pos === AT_END_MOVING) this.#moved(from, res);
        done(res);
      });
    });
  }

  /** Has the pool do a call on it, and holds it meanwhile. */
  #pool(r: Request, k: KernelCalls, begin: (fd: number, done: Done) => void): Outcome {
    return k.later(r, (done) => {
      if (this.#hostFd === -1) {
        done(EBADF);
        return;
      }
      this.hold();
      try {
        begin(this.#hostFd, (res) => {
          this.drop();
          done(res);
        });
      } catch (error) {
        this.drop(); // nothing was begun
        throw error;
      }
    });
  }
}
