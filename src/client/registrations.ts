/** io_uring_register(2) under liburing's names: notices, rights, waits, workers, the ring. */
import type { Res } from '../abi/errno.ts';
import {
  CLOCK_REGISTER,
  CLOCK_REGISTER_BYTES,
  FD_BYTES,
  PARAMS,
  PARAMS_BYTES,
  RING_FD_UPDATE,
  RING_FD_UPDATE_BYTES,
  SYNC_CANCEL,
  SYNC_CANCEL_BYTES,
} from '../abi/records.ts';
import { REGISTER } from '../abi/register.ts';
import { NULL, ResourceRegistrations } from './resource-registrations.ts';

/** In place of an index of registered rings: any that is free. */
const ANY_INDEX = -1;
/** From now on, without an end: a timeout that the kernel never needs (SYNC_CANCEL). */
const NO_TIMEOUT = -1;

/** What a ring knows beside its buffers and files. */
export abstract class Registrations extends ResourceRegistrations {
  /** The ring's descriptor in its process. */
  abstract get fd(): number;

  /** Fills the io_uring_probe record at `addr` with `entries` opcodes (io_uring_register_probe). */
  registerProbe(addr: number, entries: number): Res {
    return this.register(REGISTER.PROBE, addr, entries);
  }

  /** A ring made with R_DISABLED begins to serve (io_uring_enable_rings). */
  enableRings(): Res {
    return this.register(REGISTER.ENABLE_RINGS, NULL, 0);
  }

  // --- notices, rights, waits ---

  /** Each completion is counted in the eventfd `fd`. */
  registerEventfd(fd: number): Res {
    return this.#registerNumber(REGISTER.EVENTFD, fd);
  }

  /** Only those of requests that did not complete at once. */
  registerEventfdAsync(fd: number): Res {
    return this.#registerNumber(REGISTER.EVENTFD_ASYNC, fd);
  }

  /** Nobody is told any more: 0, or -ENXIO when nobody was. */
  unregisterEventfd(): Res {
    return this.register(REGISTER.UNREGISTER_EVENTFD, NULL, 0);
  }

  /** A personality of the process; its number, for sqeSetPersonality(). */
  registerPersonality(): Res {
    return this.register(REGISTER.PERSONALITY, NULL, 0);
  }

  /** Entries that name `id` are -EINVAL from now on: 0, or -EINVAL when there is no such one. */
  unregisterPersonality(id: number): Res {
    return this.register(REGISTER.UNREGISTER_PERSONALITY, NULL, id);
  }

  /** `count` struct io_uring_restriction at `addr`, for a ring that is not enabled yet. */
  registerRestrictions(addr: number, count: number): Res {
    return this.register(REGISTER.RESTRICTIONS, addr, count);
  }

  /** Cancels as ASYNC_CANCEL does, at once: 0, how many, -ENOENT, -EALREADY. */
  registerSyncCancel(userData: number, flags = 0, fd = -1, opcode = 0): Res {
    return this.withRecord(REGISTER.SYNC_CANCEL, SYNC_CANCEL_BYTES, 1, (at, memory) => {
      memory.setU64(at + SYNC_CANCEL.userData, userData);
      memory.setU32(at + SYNC_CANCEL.fd, fd);
      memory.setU32(at + SYNC_CANCEL.flags, flags);
      memory.setU64(at + SYNC_CANCEL.timeoutSec, NO_TIMEOUT);
      memory.setU64(at + SYNC_CANCEL.timeoutNsec, NO_TIMEOUT);
      memory.setU8(at + SYNC_CANCEL.opcode, opcode);
    });
  }

  /** The entry of a MSG_RING that stands at `addr` in process memory. */
  registerSyncMsg(addr: number): Res {
    return this.register(REGISTER.SEND_MSG_RING, addr, 1);
  }

  /** CLOCK_MONOTONIC or CLOCK_BOOTTIME: what absolute waits go by. */
  registerClock(clockId: number): Res {
    return this.withRecord(REGISTER.CLOCK, CLOCK_REGISTER_BYTES, 0, (at, memory) => {
      memory.setU32(at + CLOCK_REGISTER.clockid, clockId);
    });
  }

  /** Swaps the two u32 at `addr` with the numbers of workers asked for before. */
  registerIowqMaxWorkers(addr: number): Res {
    return this.register(REGISTER.IOWQ_MAX_WORKERS, addr, 2);
  }

  /** A mask of `size` bytes at `addr`; it changes nothing. */
  registerIowqAff(size: number, addr: number): Res {
    return this.register(REGISTER.IOWQ_AFF, addr, size);
  }

  /** No mask any more; 0. */
  unregisterIowqAff(): Res {
    return this.register(REGISTER.UNREGISTER_IOWQ_AFF, NULL, 0);
  }

  /** Registers the ring itself; its index. -EINVAL on an executor, whose rings nobody enters. */
  registerRingFd(): Res {
    const res = this.withRecord(REGISTER.RING_FDS, RING_FD_UPDATE_BYTES, 1, (at, memory) => {
      memory.setU32(at + RING_FD_UPDATE.offset, ANY_INDEX);
      memory.setU64(at + RING_FD_UPDATE.data, this.fd);
    });
    return res < 0 ? res : this.memory.i32(this.scratch + RING_FD_UPDATE.offset);
  }

  /** The ring at `index` is no longer registered; how many were taken out: 1. */
  unregisterRingFd(index: number): Res {
    return this.withRecord(REGISTER.UNREGISTER_RING_FDS, RING_FD_UPDATE_BYTES, 1, (at, memory) => {
      memory.setU32(at + RING_FD_UPDATE.offset, index);
    });
  }

  /** RESIZE_RINGS with a struct io_uring_params; of the ring's own memory the caller takes care. */
  protected askForSizes(sqEntries: number, cqEntries: number, flags: number): Res {
    return this.withRecord(REGISTER.RESIZE_RINGS, PARAMS_BYTES, 1, (at, memory) => {
      memory.setU32(at + PARAMS.sqEntries, sqEntries);
      memory.setU32(at + PARAMS.cqEntries, cqEntries);
      memory.setU32(at + PARAMS.flags, flags);
    });
  }

  #registerNumber(number: number, value: number): Res {
    return this.withRecord(number, FD_BYTES, 1, (at, memory) => {
      memory.setU32(at, value);
    });
  }
}
