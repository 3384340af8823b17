/** The arguments of an enter() as an `enter` step describes them. */
import type { Arena } from './arena.ts';
import { constant } from './names.ts';
import type { Operands } from './operands.ts';
import type { EnterStep } from './scenario.ts';

const GETEVENTS = Number(constant('GETEVENTS'));
const EXT_ARG = Number(constant('EXT_ARG'));
const US_PER_MS = 1000;
/** Bytes of a signal set; only looked at where there is one. */
const SIGSET_BYTES = 8;

/** Bytes of a struct io_uring_getevents_arg. */
const RECORD_BYTES = 24;

/** Flags and extended argument of a call. */
export interface Extended {
  readonly flags: number;
  readonly argAddr?: number;
  readonly argSize?: number;
}

/** Flags as the step has them, and a record in memory for what the plain arguments cannot say. */
export function extend(step: EnterStep, operands: Operands, arena: Arena): Extended {
  const { wait = 0, flags = 0, ts, min_wait, arg, argsz } = step;
  const asked = operands.int(flags) | (wait === 0 ? 0 : GETEVENTS);
  if (arg !== undefined || argsz !== undefined) {
    // Who says EXT_ARG itself says what goes with it: a bad record is looked at by GETEVENTS only.
    const isExact = (asked & EXT_ARG) !== 0;
    const argAddr = Number(BigInt.asUintN(64, operands.value(arg ?? 0)));
    const argSize = operands.count(argsz ?? RECORD_BYTES);
    return { flags: isExact ? asked : asked | EXT_ARG | GETEVENTS, argAddr, argSize };
  }
  if (ts === undefined && min_wait === undefined) return { flags: asked };
  const record = operands.bytes([
    { u64: 0 },
    { u32: [SIGSET_BYTES, Math.round((min_wait ?? 0) * US_PER_MS)] },
    { u64: ts ?? 0 },
  ]);
  const argAddr = arena.scratch(record);
  return { flags: asked | EXT_ARG | GETEVENTS, argAddr, argSize: record.length };
}
