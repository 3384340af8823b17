/** Calls that are not SQEs: io_uring_register(2) and close, one row each. */
import { fail, type Res } from '../../abi/errno.ts';
import { RING_STATE } from '../../abi/layout.ts';
import { PROBE_OPS_MAX } from '../../abi/limits.ts';
import {
  PROBE_ENTRY,
  PROBE_ENTRY_BYTES,
  PROBE_HEAD,
  PROBE_HEAD_BYTES,
  PROBE_SUPPORTED,
} from '../../abi/records.ts';
import { CONTROL_CALL, REGISTER } from '../../abi/register.ts';
import type { Call } from '../../ring/call.ts';
import type { KernelRing } from '../kernel-ring.ts';
import type { Machine } from '../machine.ts';
import { BUFFER_CALLS } from './buffer-calls.ts';
import { FILE_CALLS } from './file-calls.ts';
import { GROUP_CALLS } from './group-calls.ts';
import { REQUEST_CALLS } from './request-calls.ts';
import { resizeRings } from './resize.ts';
import { RING_CALLS } from './ring-calls.ts';

type Control = (machine: Machine, ring: KernelRing, call: Call) => Res;

/** PROBE: which opcodes have a row, up to the last one that has. The record must be zero. */
const probe: Control = ({ table }, { process: { memory } }, { addrLow, addrHigh, count }) => {
  if ((addrLow | addrHigh) === 0 || count >>> 0 > PROBE_OPS_MAX) return fail('EINVAL');
  const lastOp = table.findLastIndex((row) => row !== undefined);
  const entries = Math.min(count, lastOp + 1);
  const spanBytes = PROBE_HEAD_BYTES + entries * PROBE_ENTRY_BYTES;
  const at = memory.at(addrLow, addrHigh, spanBytes);
  if (at < 0) return fail('EFAULT');
  for (let i = 0; i < spanBytes; i++) if (memory.u8(at + i) !== 0) return fail('EINVAL');
  memory.setU8(
    at + PROBE_HEAD.lastOp,
    table.findLastIndex((row) => row !== undefined),
  );
  memory.setU8(at + PROBE_HEAD.opsLen, entries);
  for (let opcode = 0; opcode < entries; opcode++) {
    const entry = at + PROBE_HEAD_BYTES + opcode * PROBE_ENTRY_BYTES;
    memory.setU8(entry + PROBE_ENTRY.op, opcode);
    if (table[opcode] !== undefined) memory.setU16(entry + PROBE_ENTRY.flags, PROBE_SUPPORTED);
  }
  return 0;
};

const close: Control = (machine, ring) => {
  machine.end(ring, RING_STATE.CLOSED);
  return 0;
};

const CONTROLS: ReadonlyMap<number, Control> = new Map<number, Control>([
  ...BUFFER_CALLS,
  ...FILE_CALLS,
  ...GROUP_CALLS,
  ...REQUEST_CALLS,
  ...RING_CALLS,
  [REGISTER.PROBE, probe],
  [REGISTER.RESIZE_RINGS, resizeRings],
  [CONTROL_CALL.CLOSE, close],
]);

/** Whether there is a call of that number. */
export const isControl = (number: number): boolean => CONTROLS.has(number);

/** Runs one call on a ring: its result, -EINVAL for a number without a row. */
export function control(machine: Machine, ring: KernelRing, call: Call): Res {
  if (ring.state === RING_STATE.RETIRED && call.number !== CONTROL_CALL.CLOSE)
    return fail('EBADFD');
  const row = CONTROLS.get(call.number);
  if (row === undefined) return fail('EINVAL');
  const { restrictions } = ring;
  const isClose = call.number === CONTROL_CALL.CLOSE;
  if (restrictions !== undefined && !isClose && !restrictions.admitsCall(call.number))
    return fail('EACCES');
  return row(machine, ring, call);
}

/** Answers the call that the ring's process placed, if there is a new one. */
export function answerCall(machine: Machine, ring: KernelRing): void {
  const seq = ring.desk.newest();
  if (seq === ring.callDone) return;
  machine.ledger.commitCall(ring.slot, seq);
  ring.callDone = seq;
  const result = control(machine, ring, ring.desk.read());
  if (ring.state !== RING_STATE.CLOSED) ring.desk.answer(seq, result); // else end() answered
}
