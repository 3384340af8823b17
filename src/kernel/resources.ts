/** What requests use of the resources that their ring has registered. */
import { fail, type Res } from '../abi/errno.ts';
import type { OpenFile } from './open-file.ts';
import type { Segments } from './segments.ts';

/** Registered files of one ring (SEMANTICS K). */
export interface RegisteredFiles {
  /** The file in a slot; undefined for an empty one, or one beyond the table: EBADF. */
  get(slot: number): OpenFile | undefined;
  /**
   * Puts an open file, whose hold it takes over, where sqe.file_index says: slot + 1, or
   * FILE_INDEX_ALLOC. 0, or the slot that was allocated; -ENXIO, -EINVAL, -ENFILE: then the hold
   * stays the caller's (K4, K5).
   */
  install(open: OpenFile, fileIndex: number): Res;
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
}

/** For rings that have registered nothing. */
export const NO_FILES: RegisteredFiles = { get: () => undefined, install: () => fail('ENXIO') };
export const NO_GROUPS: ProvidedBuffers = { choose: () => fail('ENOBUFS'), take: () => 0 };
