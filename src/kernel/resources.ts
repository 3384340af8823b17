/** What requests use of the resources that their ring has registered. */
import { fail, type Res } from '../abi/errno.ts';
import type { OpenFile } from './open-file.ts';
import type { ArrayAt, Resource } from './resource.ts';
import type { Segments } from './segments.ts';

/** Registered files of one ring (SEMANTICS K). */
export interface RegisteredFiles {
  /** The file in a slot; undefined for an empty one, or one beyond the table: EBADF. */
  get(slot: number): OpenFile | undefined;
  /** What tells of the file in a slot if it was registered with a tag (K8). */
  nodeOf(slot: number): Resource | undefined;
  /**
   * Puts an open file, whose hold it takes over, where sqe.file_index says: slot + 1, or
   * FILE_INDEX_ALLOC. 0, or the slot that was allocated; -ENXIO, -EINVAL, -ENFILE: then the hold
   * stays the caller's (K4, K5).
   */
  install(open: OpenFile, fileIndex: number): Res;
  /** Empties a slot: 0, -ENXIO without a table, -EINVAL beyond it, -EBADF when it is empty (K6). */
  remove(slot: number): Res;
  /**
   * Replaces slots from `offset` on by the files of the descriptors listed; -1 empties a slot, -2
   * skips it. How many; the first that is bad ends it, with its errno when none was before (K2).
   */
  update(offset: number, fds: ArrayAt): Res;
  /** Allocates slots for the descriptors listed and writes the slots over them; the same results,
   * and -ENFILE (K6). */
  allocate(fds: ArrayAt): Res;
}

/** Buffers to be provided: `count` of `length` bytes each, one behind the other from `address` on,
 * under ids that count from `firstId` on. */
export interface BufferRun {
  readonly address: number;
  readonly length: number;
  readonly count: number;
  readonly firstId: number;
}

/**
 * Provided buffers of one ring (SEMANTICS M). A transfer chooses, tries, and takes only when bytes
 * have come, all in one go; so a request that waits or is cancelled takes none.
 */
export interface ProvidedBuffers {
  /**
   * Fills `segments` with what the next buffer of a group offers, at most `wanted` bytes of it (0:
   * all); a bundle with as many buffers as `wanted` needs, or all of them. -ENOBUFS when the group
   * is missing or empty, -EFAULT when the buffer is not mapped; else 0.
   */
  choose(group: number, wanted: number, isBundle: boolean, segments: Segments): Res;
  /** Takes what was chosen last, of which `moved` bytes were used: the flags of the CQE. */
  take(group: number, moved: number): number;
  /** Adds buffers to a group without a ring: 0, -EINVAL, -EOVERFLOW when it is full (M1). */
  provide(group: number, run: BufferRun): Res;
  /** Takes buffers out of a group without a ring: how many, -ENOENT, -EINVAL (M1). */
  remove(group: number, count: number): Res;
}

/** For rings that have registered nothing. */
export const NO_FILES: RegisteredFiles = {
  get: () => undefined,
  nodeOf: () => undefined,
  install: () => fail('ENXIO'),
  remove: () => fail('ENXIO'),
  update: () => fail('ENXIO'),
  allocate: () => fail('ENXIO'),
};
export const NO_GROUPS: ProvidedBuffers = {
  choose: () => fail('ENOBUFS'),
  take: () => 0,
  provide: () => fail('EINVAL'),
  remove: () => fail('ENOENT'),
};
