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

/** No address. */
export const NULL = 0;

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

  /** Gives back the whole table: 0, or -ENXIO when there is none. */
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
    return this.withRecord(REGISTER.CLONE_BUFFERS, CLONE_BUFFERS_BYTES, 1, (at, memory) => {
      memory.setU32(at + CLONE_BUFFERS_FIELD.srcFd, srcFd);
      memory.setU32(at + CLONE_BUFFERS_FIELD.flags, flags);
      memory.setU32(at + CLONE_BUFFERS_FIELD.srcOff, srcOff);
      memory.setU32(at + CLONE_BUFFERS_FIELD.dstOff, dstOff);
      memory.setU32(at + CLONE_BUFFERS_FIELD.nr, count);
    });
  }

  // --- provided buffers ---

  /** The ring of `entries` at `addr` provides the buffers of `group`; PBUF_RING flags. */
  registerBufRing(addr: number, entries: number, group: number, flags = 0): Res {
    return this.withRecord(REGISTER.PBUF_RING, BUF_REG_BYTES, 1, (at, memory) => {
      memory.setU64(at + BUF_REG.ringAddr, addr);
      memory.setU32(at + BUF_REG.ringEntries, entries);
      memory.setU16(at + BUF_REG.bgid, group);
      memory.setU16(at + BUF_REG.flags, flags);
    });
  }

  /** The group is gone: 0, -ENOENT when there is none, -EINVAL when it has no ring. */
  unregisterBufRing(group: number): Res {
    return this.withRecord(REGISTER.UNREGISTER_PBUF_RING, BUF_REG_BYTES, 1, (at, memory) => {
      memory.setU16(at + BUF_REG.bgid, group);
    });
  }

  /** The entry of the group's ring that is consumed next, in 16 bits; or -errno. */
  bufRingHead(group: number): Res {
    const res = this.withRecord(REGISTER.PBUF_STATUS, BUF_STATUS_BYTES, 1, (at, memory) => {
      memory.setU32(at + BUF_STATUS.bufGroup, group);
    });
    return res < 0 ? res : this.memory.u32(this.scratch + BUF_STATUS.head);
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
    return this.withRecord(REGISTER.FILES_UPDATE, RSRC_UPDATE_BYTES, count, (at, memory) => {
      memory.setU32(at + RSRC_UPDATE2.offset, off);
      memory.setU64(at + RSRC_UPDATE2.data, fds);
    });
  }

  /** The same with the u64 tags at `tags`. */
  registerFilesUpdateTag(off: number, fds: number, tags: number, count: number): Res {
    return this.#updateList(REGISTER.FILES_UPDATE2, { off, data: fds, tags, count });
  }

  /** Gives back the whole table: 0, or -ENXIO when there is none. */
  unregisterFiles(): Res {
    return this.register(REGISTER.UNREGISTER_FILES, NULL, 0);
  }

  /** FILE_INDEX_ALLOC finds its slots among the `len` from `off` on. */
  registerFileAllocRange(off: number, len: number): Res {
    return this.withRecord(REGISTER.FILE_ALLOC_RANGE, FILE_INDEX_RANGE_BYTES, 0, (at, memory) => {
      memory.setU32(at + FILE_INDEX_RANGE.off, off);
      memory.setU32(at + FILE_INDEX_RANGE.len, len);
    });
  }

  /** The call with a record of zeroes at `scratch` that `write` fills; -EFAULT without one. */
  protected withRecord(
    number: number,
    bytes: number,
    count: number,
    write: (at: number, memory: ProcessMemory) => void,
  ): Res {
    const { memory, scratch } = this;
    if (memory.at(scratch, 0, bytes) < 0) return fail('EFAULT');
    memory.bytes.fill(0, scratch, scratch + bytes);
    write(scratch, memory);
    return this.register(number, scratch, count);
  }

  #registerList(
    number: number,
    list: { data: number; tags: number; count: number; flags: number },
  ): Res {
    return this.withRecord(number, RSRC_REGISTER_BYTES, RSRC_REGISTER_BYTES, (at, memory) => {
      memory.setU32(at + RSRC_REGISTER.nr, list.count);
      memory.setU32(at + RSRC_REGISTER.flags, list.flags);
      memory.setU64(at + RSRC_REGISTER.data, list.data);
      memory.setU64(at + RSRC_REGISTER.tags, list.tags);
    });
  }

  #updateList(
    number: number,
    list: { off: number; data: number; tags: number; count: number },
  ): Res {
    return this.withRecord(number, RSRC_UPDATE2_BYTES, RSRC_UPDATE2_BYTES, (at, memory) => {
      memory.setU32(at + RSRC_UPDATE2.offset, list.off);
      memory.setU64(at + RSRC_UPDATE2.data, list.data);
      memory.setU64(at + RSRC_UPDATE2.tags, list.tags);
      memory.setU32(at + RSRC_UPDATE2.nr, list.count);
    });
  }
}
