/** Time as a flow: TIMEOUT with TIMEOUT_MULTISHOT. */
import { fail } from '../abi/errno.ts';
import { TIMEOUT_FLAG } from '../abi/flags.ts';
import { TIMESPEC, TIMESPEC_BYTES } from '../abi/records.ts';
import { toInteger } from './arguments.ts';
import { FileError } from './errors.ts';
import { Flow, type FlowOptions, type FlowParts } from './flow.ts';
import type { Lanes } from './lanes.ts';

/** Longest interval, in milliseconds. */
const INTERVAL_MAX_MS = 2 ** 31 - 1;
const FIRINGS_MAX = 2 ** 31 - 1;
const EXPIRED = fail('ETIME');

/** How an interval is read. */
export interface IntervalOptions extends FlowOptions {
  /** Firings until it ends; default: none does. */
  readonly count?: number | undefined;
}

/**
 * Fires every `ms` milliseconds from its first use on. A value is the number of firings so far: a
 * reader that is late skips those it missed.
 */
export function interval(lanes: Lanes, ms: number, options: IntervalOptions = {}): Flow<number> {
  const everyMs = toInteger(ms, 'ms', 1, INTERVAL_MAX_MS);
  const { count: asked = Number.POSITIVE_INFINITY } = options;
  const count = Number.isFinite(asked) ? toInteger(asked, 'options.count', 1, FIRINGS_MAX) : asked;
  let fired = 0;
  let isWaiting = false;
  const lane = lanes.idlestLane;
  const parts: FlowParts<number> = {
    lanes,
    lane,
    waitingMax: 2, // one at most waits
    recordBytes: TIMESPEC_BYTES,
    stage: (at: number, { memory }: Lanes['staging']): void => {
      memory.setU64(at + TIMESPEC.sec, Math.floor(everyMs / 1000));
      memory.setU64(at + TIMESPEC.nsec, (everyMs % 1000) * 1e6);
    },
    prepare: (ring, sqe, at): void => {
      const left = Number.isFinite(count) ? count - fired : 0;
      ring.prepTimeout(sqe, at, left, TIMEOUT_FLAG.MULTISHOT);
    },
    start: (call) => lanes.start(call, lane),
    hasValue: (res): boolean => {
      if (res !== EXPIRED) return false;
      fired++;
      const isFirst = !isWaiting;
      isWaiting = true;
      return isFirst;
    },
    value: (): number => {
      isWaiting = false;
      return fired;
    },
    isOver: (res): boolean => {
      if (res !== EXPIRED) throw new FileError(res, 'timeout');
      return fired >= count;
    },
  };
  return new Flow(parts, options);
}
