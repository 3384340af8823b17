/** io_uring_register(2) of buffers and files under liburing's names. */
import { fail, type Res } from '../abi/errno.ts';
import {
  BUF_REG,
  BUF_REG_BYTES,
  BUF_STATUS,
  BUF_STATUS_BYTES,
  CLONE_BUFFERS_BYTES,
  CLONE_BUFFERS_FIELD,
  FILE_INDEX_RANGE,
  FILE_INDEX_RANGE_BYTES,
  RSRC_REGISTER,
  RSRC_REGISTER_BYTES,
  RSRC_UPDATE_BYTES,
  RSRC_UPDATE2,
  RSRC_UPDATE2_BYTES,
} from '../abi/records.ts';
import { REGISTER, RSRC_REGISTER_FLAG } from '../abi/register.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import { Entries } from './entries.ts';

/** No address, and what the record functions return when there is none. */
export const NULL = 0;
export const NO_RECORD = fail('EFAULT');

/**
 * Calls whose arguments are lists take the address of the list. Those for which liburing fills a
 * record on its stack write it at `scratch`; without that they are -EFAULT. Results are those of
 * io_uring_register(2), and each call blocks until the kernel answered.
 */
export abstract class ResourceRegistrations extends Entries {
  /**
   * Address of SCRATCH_BYTES bytes of process memory that calls may write a record to, as in
   * `ring.scratch = allocator.allocate(SCRATCH_BYTES)`. They are free again when a call returns.
   */
  scratch: number = NULL;

  abstract get memory(): ProcessMemory;
  abstract register(number: number, addr: number, count: number): Res;

  // --- buffers ---

  /** Registers the `count` buffers that the iovecs at `iovecs` name. */
  registerBuffers(iovecs: number, count: number): Res {
    return this.register(REGISTER.BUFFERS, iovecs, count);
  }

  /** The same with the u64 tags at `tags`: a completion with it when the kernel lets go of one. */
  registerBuffersTags(iovecs: number, tags: number, count: number): Res {
    return this.#registerList(REGISTER.BUFFERS2, { data: iovecs, tags, count, flags: 0 });
  }

  /** Registers `count` empty slots for buffers. */
  registerBuffersSparse(count: number): Res {
    const { SPARSE: flags } = RSRC_REGISTER_FLAG;
    return this.#registerList(REGISTER.BUFFERS2, { data: NULL, tags: NULL, count, flags });
  }

  /** Replaces `count` buffers from slot `off` on; how many were. `tags` may be 0. */
  registerBuffersUpdateTag(off: number, iovecs: number, tags: number, count: number): Res {
    return this.#updateList(REGISTER.BUFFERS_UPDATE, { off, data: iovecs, tags, count });
  }

  unregisterBuffers(): Res {
    return this.register(REGISTER.UNREGISTER_BUFFERS, NULL, 0);
  }

  /** Registers the buffers of the ring `srcFd` of the same process here, too. */
  cloneBuffers(srcFd: number): Res {
    return this.cloneBuffersOffset(srcFd, 0, 0, 0, 0);
  }

  /** `count` of them (0: all) from slot `srcOff` on, to `dstOff` on; CLONE_BUFFERS flags. */
  cloneBuffersOffset(
    srcFd: number,
    dstOff: number,
    srcOff: number,
    count: number,
    flags: number,
  ): Res {
    const at = this.record(CLONE_BUFFERS_BYTES);
    if (at === NULL) return NO_RECORD;
    const { memory } = this;
    memory.setU32(at + CLONE_BUFFERS_FIELD.srcFd, srcFd);
    memory.setU32(at + CLONE_BUFFERS_FIELD.flags, flags);
    memory.setU32(at + CLONE_BUFFERS_FIELD.srcOff, srcOff);
    memory.setU32(at + CLONE_BUFFERS_FIELD.dstOff, dstOff);
    memory.setU32(at + CLONE_BUFFERS_FIELD.nr, count);
    return this.register(REGISTER.CLONE_BUFFERS, at, 1);
  }

  // --- provided buffers ---

  /** The ring of `entries` at `addr` provides the buffers of `group`; PBUF_RING flags. */
  registerBufRing(addr: number, entries: number, group: number, flags = 0): Res {
    const at = this.record(BUF_REG_BYTES);
    if (at === NULL) return NO_RECORD;
    const { memory } = this;
    memory.setU64(at + BUF_REG.ringAddr, addr);
    memory.setU32(at + BUF_REG.ringEntries, entries);
    memory.setU16(at + BUF_REG.bgid, group);
    memory.setU16(at + BUF_REG.flags, flags);
    return this.register(REGISTER.PBUF_RING, at, 1);
  }

  unregisterBufRing(group: number): Res {
    const at = this.record(BUF_REG_BYTES);
    if (at === NULL) return NO_RECORD;
    this.memory.setU16(at + BUF_REG.bgid, group);
    return this.register(REGISTER.UNREGISTER_PBUF_RING, at, 1);
  }

  /** The entry of the group's ring that is consumed next, in 16 bits; or -errno. */
  bufRingHead(group: number): Res {
    const at = this.record(BUF_STATUS_BYTES);
    if (at === NULL) return NO_RECORD;
    this.memory.setU32(at + BUF_STATUS.bufGroup, group);
    const res = this.register(REGISTER.PBUF_STATUS, at, 1);
    return res < 0 ? res : this.memory.u32(at + BUF_STATUS.head);
  }

  // --- files ---

  /** Registers the files of the `count` descriptors (s32) at `fds`; -1 leaves a slot empty. */
  registerFiles(fds: number, count: number): Res {
    return this.register(REGISTER.FILES, fds, count);
  }

  /** The same with the u64 tags at `tags`. */
  registerFilesTags(fds: number, tags: number, count: number): Res {
    return this.#registerList(REGISTER.FILES2, { data: fds, tags, count, flags: 0 });
  }

  /** Registers `count` empty slots for files. */
  registerFilesSparse(count: number): Res {
    const { SPARSE: flags } = RSRC_REGISTER_FLAG;
    return this.#registerList(REGISTER.FILES2, { data: NULL, tags: NULL, count, flags });
  }

  /** Replaces `count` files from slot `off` on; how many were. */
  registerFilesUpdate(off: number, fds: number, count: number): Res {
    const at = this.record(RSRC_UPDATE_BYTES);
    if (at === NULL) return NO_RECORD;
    this.memory.setU32(at + RSRC_UPDATE2.offset, off);
    this.memory.setU64(at + RSRC_UPDATE2.data, fds);
    return this.register(REGISTER.FILES_UPDATE, at, count);
  }

  /** The same with the u64 tags at `tags`. */
  registerFilesUpdateTag(off: number, fds: number, tags: number, count: number): Res {
    return this.#updateList(REGISTER.FILES_UPDATE2, { off, data: fds, tags, count });
  }

  unregisterFiles(): Res {
    return this.register(REGISTER.UNREGISTER_FILES, NULL, 0);
  }

  /** FILE_INDEX_ALLOC finds its slots among the `len` from `off` on. */
  registerFileAllocRange(off: number, len: number): Res {
    const at = this.record(FILE_INDEX_RANGE_BYTES);
    if (at === NULL) return NO_RECORD;
    this.memory.setU32(at + FILE_INDEX_RANGE.off, off);
    this.memory.setU32(at + FILE_INDEX_RANGE.len, len);
    return this.register(REGISTER.FILE_ALLOC_RANGE, at, 0);
  }

  /** A record of zeroes; its address, or NULL without a scratch area. */
  protected record(bytes: number): number {
    const { memory, scratch } = this;
    if (memory.at(scratch, 0, bytes) < 0) return NULL;
    memory.bytes.fill(0, scratch, scratch + bytes);
    return scratch;
  }

  #registerList(
    number: number,
    list: { data: number; tags: number; count: number; flags: number },
  ): Res {
    const at = this.record(RSRC_REGISTER_BYTES);
    if (at === NULL) return NO_RECORD;
    this.memory.setU32(at + RSRC_REGISTER.nr, list.count);
    this.memory.setU32(at + RSRC_REGISTER.flags, list.flags);
    this.memory.setU64(at + RSRC_REGISTER.data, list.data);
    this.memory.setU64(at + RSRC_REGISTER.tags, list.tags);
    return this.register(number, at, RSRC_REGISTER_BYTES);
  }

  #updateList(
    number: number,
    list: { off: number; data: number; tags: number; count: number },
  ): Res {
    const at = this.record(RSRC_UPDATE2_BYTES);
    if (at === NULL) return NO_RECORD;
    this.memory.setU32(at + RSRC_UPDATE2.offset, list.off);
    this.memory.setU64(at + RSRC_UPDATE2.data, list.data);
    this.memory.setU64(at + RSRC_UPDATE2.tags, list.tags);
    this.memory.setU32(at + RSRC_UPDATE2.nr, list.count);
    return this.register(number, at, RSRC_UPDATE2_BYTES);
  }
}
