/** Rings that tasks have registered to enter by index: RING_FDS, UNREGISTER_RING_FDS. */
import { fail, type Res } from '../../abi/errno.ts';
import { RING_FDS_MAX } from '../../abi/limits.ts';
import { RING_FD_UPDATE, RING_FD_UPDATE_BYTES, U64 } from '../../abi/records.ts';
import { REGISTER } from '../../abi/register.ts';
import type { Process } from '../../kernel/process.ts';
import type { Call } from '../../ring/call.ts';
import { KernelRing } from '../kernel-ring.ts';

/** Any free index is fine. */
const ANY_INDEX = 0xffff_ffff;

type Slots = (KernelRing | undefined)[];

/** The tables of all tasks: 16 indices each, as in Linux. */
export class RingFds {
  readonly #tables = new Map<Process, Map<number, Slots>>();

  /** The ring at an index of a task; -EINVAL beyond the table, -EBADF for an empty one (B11). */
  get(process: Process, task: number, index: number): KernelRing | Res {
    if (index >>> 0 >= RING_FDS_MAX) return fail('EINVAL');
    return this.#tables.get(process)?.get(task)?.[index] ?? fail('EBADF');
  }

  /** A ring ended. */
  forget(ring: KernelRing): void {
    for (const slots of this.#tables.get(ring.process)?.values() ?? [])
      for (const [index, held] of slots.entries()) if (held === ring) slots[index] = undefined;
  }

  /** Applies `count` records, and writes the indices back: how many; the first bad one ends it. */
  call(process: Process, task: number, { number, addrLow, addrHigh, count }: Call): Res {
    if (count === 0 || count >>> 0 > RING_FDS_MAX) return fail('EINVAL');
    const { memory } = process;
    const first = memory.at(addrLow, addrHigh, count * RING_FD_UPDATE_BYTES);
    if (first < 0) return fail('EFAULT');
    const slots = this.#slotsOf(process, task);
    for (let i = 0; i < count; i++) {
      const at = first + i * RING_FD_UPDATE_BYTES;
      const res =
        number === REGISTER.RING_FDS
          ? register(process, slots, at)
          : unregister(process, slots, at);
      if (res !== 0) return i > 0 ? i : res;
    }
    return count;
  }

  #slotsOf(process: Process, task: number): Slots {
    const tasks = this.#tables.get(process) ?? new Map<number, Slots>();
    this.#tables.set(process, tasks);
    const slots = tasks.get(task) ?? new Array(RING_FDS_MAX).fill(undefined);
    tasks.set(task, slots);
    return slots;
  }
}

function register({ memory, descriptors }: Process, slots: Slots, at: number): Res {
  const offset = memory.u32(at + RING_FD_UPDATE.offset);
  if (memory.i32(at + RING_FD_UPDATE.resv) !== 0) return fail('EINVAL');
  if (offset !== ANY_INDEX && offset >= RING_FDS_MAX) return fail('EINVAL');
  const index = offset === ANY_INDEX ? slots.indexOf(undefined) : offset;
  if (index < 0 || slots[index] !== undefined) return fail('EBUSY');
  const open = descriptors.get(memory.i32(at + RING_FD_UPDATE.data));
  if (open === undefined) return fail('EBADF');
  if (!(open instanceof KernelRing)) return fail('EOPNOTSUPP');
  slots[index] = open;
  memory.setU32(at + RING_FD_UPDATE.offset, index);
  return 0;
}

function unregister({ memory }: Process, slots: Slots, at: number): Res {
  const offset = memory.u32(at + RING_FD_UPDATE.offset);
  const { resv, data } = RING_FD_UPDATE;
  if ((memory.i32(at + resv) | memory.i32(at + data) | memory.i32(at + data + U64.high)) !== 0)
    return fail('EINVAL');
  if (offset >= RING_FDS_MAX) return fail('EINVAL');
  slots[offset] = undefined;
  return 0;
}
