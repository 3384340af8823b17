/** Calls on open files: what each asks of the kernel, and the words its errors use. */
import type { Res } from '../abi/errno.ts';
import { AT, STATX } from '../abi/files.ts';
import { STATX_BYTES } from '../abi/records.ts';
import type { Ring } from '../client/ring.ts';
import { operations } from '../ops/table.ts';
import { Call } from './call.ts';
import { FileError } from './errors.ts';
import type { BufferLease } from './lease.ts';
import type { Staging } from './staging.ts';
import { Stats } from './stats.ts';

/** A descriptor that is told of each call's end. */
export interface HeldDescriptor {
  readonly fd: number;
  drop(): void;
}

/** One way to call on a descriptor. Its record is all the memory it needs. */
export interface DescriptorOperation<T> {
  /** What Node calls it in errors. */
  readonly syscall: string;
  readonly repeatable: boolean;
  /** Bytes of the record. */
  readonly recordBytes: number;
  prepare(ring: Ring, sqe: number, fd: number, call: DescriptorCall<T>): void;
  value(res: Res, staging: Staging, call: DescriptorCall<T>): T;
}

/** A call on a descriptor. */
export class DescriptorCall<T> extends Call<T> {
  readonly operation: DescriptorOperation<T>;
  readonly #file: HeldDescriptor;
  /** A length or flags. */
  readonly argument: number;

  constructor(operation: DescriptorOperation<T>, file: HeldDescriptor, argument = 0) {
    super();
    this.operation = operation;
    this.#file = file;
    this.argument = argument;
  }

  get repeatable(): boolean {
    return this.operation.repeatable;
  }

  get bytes(): number {
    return this.operation.recordBytes;
  }

  stage(): void {}

  prepare(ring: Ring, sqe: number): void {
    this.operation.prepare(ring, sqe, this.#file.fd, this);
  }

  value(res: Res, staging: Staging): T {
    if (res < 0) throw new FileError(res, this.operation.syscall);
    return this.operation.value(res, staging, this);
  }

  override ended(): void {
    this.#file.drop();
  }
}

const nothing = (): void => {};
/** FSYNC_DATASYNC of io_uring. */
const DATASYNC = 1;

/** The path is empty, and the record is written over it. */
export const fstat: DescriptorOperation<Stats> = {
  syscall: 'fstat',
  repeatable: operations.statx.repeatable,
  recordBytes: STATX_BYTES,
  prepare: (ring, sqe, fd, { address }) => {
    ring.memory.setU8(address, 0);
    ring.prepStatx(sqe, fd, address, AT.EMPTY_PATH, STATX.BASIC_STATS | STATX.BTIME, address);
  },
  value: (_res, { memory }, { address }) => new Stats(memory, address),
};

export const ftruncate: DescriptorOperation<void> = {
  syscall: 'ftruncate',
  repeatable: operations.ftruncate.repeatable,
  recordBytes: 0,
  prepare: (ring, sqe, fd, { argument }) => ring.prepFtruncate(sqe, fd, argument),
  value: nothing,
};

export const fsync: DescriptorOperation<void> = {
  syscall: 'fsync',
  repeatable: operations.fsync.repeatable,
  recordBytes: 0,
  prepare: (ring, sqe, fd) => ring.prepFsync(sqe, fd, 0),
  value: nothing,
};

export const fdatasync: DescriptorOperation<void> = {
  ...fsync,
  syscall: 'fdatasync',
  prepare: (ring, sqe, fd) => ring.prepFsync(sqe, fd, DATASYNC),
};

export const close: DescriptorOperation<void> = {
  syscall: 'close',
  repeatable: operations.close.repeatable,
  recordBytes: 0,
  prepare: (ring, sqe, fd) => ring.prepClose(sqe, fd),
  value: nothing,
};

/** The argument is the bytes asked for; the value is a copy of the records, empty at the end. */
export const getdents = (bytes: number): DescriptorOperation<Buffer> => ({
  syscall: 'scandir',
  repeatable: false, // it moves the position
  recordBytes: bytes,
  prepare: (ring, sqe, fd, { address }) => ring.prepGetdents(sqe, fd, address, bytes),
  value: (res, staging, { address }) => staging.copyOut(address, res),
});

/** Bytes to move between an open file and the caller's memory. */
export interface Transfer {
  readonly syscall: 'read' | 'write';
  /** The caller's bytes, filled or written in order. */
  readonly pieces: readonly Buffer[];
  /** Bytes of all pieces. */
  readonly length: number;
  /** In the file; -1: the file's own. */
  readonly position: number;
}

/**
 * READ or WRITE of a stretch of a file. The caller's memory is private, so the bytes are copied;
 * but a single piece that lies in a lease is used where it is.
 */
export class TransferCall<T> extends Call<T> {
  readonly #file: HeldDescriptor;
  readonly #transfer: Transfer;
  readonly #result: (bytes: number) => T;
  readonly #lease: BufferLease | undefined;

  /** `result` makes the value of how many bytes were moved. */
  constructor(
    file: HeldDescriptor,
    transfer: Transfer,
    staging: Staging,
    result: (bytes: number) => T,
  ) {
    super();
    this.#file = file;
    this.#transfer = transfer;
    this.#result = result;
    const { pieces } = transfer;
    this.#lease = pieces.length === 1 ? staging.leaseOf(pieces[0] as Buffer) : undefined;
    this.#lease?.pin();
  }

  /** The rows of READ and WRITE cannot know that the position of the file stays where it is. */
  get repeatable(): boolean {
    return this.#transfer.syscall === 'read' && this.#transfer.position >= 0;
  }

  get bytes(): number {
    return this.#lease === undefined ? this.#transfer.length : 0;
  }

  stage({ buffer }: Staging): void {
    if (this.#transfer.syscall === 'read') return;
    let at = this.address;
    for (const piece of this.#transfer.pieces) at += piece.copy(buffer, at);
  }

  prepare(ring: Ring, sqe: number): void {
    const { length, position, syscall, pieces } = this.#transfer;
    const { fd } = this.#file;
    const at = this.#lease === undefined ? this.address : (pieces[0] as Buffer).byteOffset;
    if (syscall === 'read') ring.prepRead(sqe, fd, at, length, position);
    else ring.prepWrite(sqe, fd, at, length, position);
  }

  value(res: Res, { buffer }: Staging): T {
    const { syscall, pieces } = this.#transfer;
    if (res < 0) throw new FileError(res, syscall);
    if (syscall === 'read' && this.#lease === undefined) {
      const end = this.address + res;
      let at = this.address;
      for (let i = 0; at < end; i++) {
        const piece = pieces[i] as Buffer;
        at += buffer.copy(piece, 0, at, Math.min(at + piece.length, end));
      }
    }
    return this.#result(res);
  }

  override ended(): void {
    // As in Lane: what a ring that is gone may still write to is never used again.
    if (this.lane?.ended !== true) this.#lease?.unpin();
    this.#file.drop();
  }
}
