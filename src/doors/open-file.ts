/** Opens files and directories: OPENAT, and what becomes of its descriptor. */
import type { Res } from '../abi/errno.ts';
import { AT } from '../abi/files.ts';
import type { Ring } from '../client/ring.ts';
import { Call } from './call.ts';
import { Descriptor } from './descriptor.ts';
import { FileError } from './errors.ts';
import { FileHandle } from './file-handle.ts';
import type { Lanes } from './lanes.ts';
import type { Path } from './path.ts';
import { pathBytes, type Staging } from './staging.ts';

/** Permission bits of a file that is created, unless told otherwise. */
export const FILE_MODE = 0o666;

/** How to open. */
export interface OpenParts {
  readonly path: Path;
  /** O_ flags. */
  readonly flags: number;
  readonly mode?: number;
  /** What errors call it; default 'open'. */
  readonly syscall?: string;
}

class OpenCall extends Call<Descriptor> {
  readonly #lanes: Lanes;
  readonly #parts: OpenParts;

  constructor(lanes: Lanes, parts: OpenParts) {
    super();
    this.#lanes = lanes;
    this.#parts = parts;
  }

  get repeatable(): boolean {
    return false; // the first descriptor would stay open, and O_EXCL would fail
  }

  get bytes(): number {
    return pathBytes(this.#parts.path.absolute);
  }

  stage(staging: Staging): void {
    staging.putPath(this.#parts.path.absolute, this.address);
  }

  prepare(ring: Ring, sqe: number): void {
    const { flags, mode = FILE_MODE } = this.#parts;
    ring.prepOpenat(sqe, AT.FDCWD, this.address, flags, mode);
  }

  value(res: Res): Descriptor {
    const { path, syscall = 'open' } = this.#parts;
    if (res < 0) throw new FileError(res, syscall, path.given);
    if (this.lane === undefined) throw new Error('a call was answered that was never started');
    return new Descriptor(this.#lanes, this.lane, res);
  }
}

/** Opens a descriptor. */
export const openDescriptor = (lanes: Lanes, parts: OpenParts): Promise<Descriptor> =>
  lanes.start(new OpenCall(lanes, parts));

/** Opens a file. */
export const openFile = async (lanes: Lanes, parts: OpenParts): Promise<FileHandle> =>
  new FileHandle(await openDescriptor(lanes, parts));
