/** Whether the calls of one mount are made at once or by the host's pool, by recent latency. */
import { SQE_FLAG } from '../../abi/flags.ts';
import {
  PACE_PROBE_CALLS,
  PACE_PROBE_CALLS_MAX,
  PACE_QUICK_NS,
  PACE_QUICK_PROBES,
  PACE_SLOW_NS,
  PACE_STALL_NS,
  PACE_TIMED_CALLS,
} from '../../abi/limits.ts';
import type { Clock } from '../clock.ts';
import type { Request } from '../request.ts';

// What is measured
//   A look at the clock costs 50 ns, a call from the page cache 1 to 6 us. So on a quick mount one
//   call in PACE_TIMED_CALLS is timed, by a look before it and one after it: less than half a look
//   per call. Times between calls that are made anyway would need one look per call, but would
//   count what other operations did in between. After a call that took too long, the next ones are
//   timed until the mount is judged, so that a disk that falls asleep is noticed within a few.
//   The time that moving bytes takes on any mount is taken off: see PACE_BYTE_NS.
//
// How it is judged
//   Quick becomes slow when the smoothed time of the timed calls exceeds PACE_SLOW_NS. One call
//   weighs 1/8 and is cut at four times the limit, so that a thread that was off its core for a
//   while does not make a mount slow: it takes three such calls near each other. A call beyond
//   PACE_STALL_NS needs no second one.
//   Slow becomes quick when PACE_QUICK_PROBES probes in a row took no more than PACE_QUICK_NS. A
//   probe is a call made at once although the mount is slow; the pool's own latency would say
//   nothing of the host. One call in PACE_PROBE_CALLS is a probe, and fewer as long as they fail.

const SMOOTHED_OVER = 8;
/** Cuts one time, so that it cannot outweigh all others. */
const TIME_MAX_NS = 4 * PACE_SLOW_NS;
const { ASYNC, BUFFER_SELECT } = SQE_FLAG;

/** The pace of one mount on one executor. */
export class Pace {
  readonly #clock: Clock;
  #slow = false;
  #smoothedNs = 0;
  /** Calls to the next one that is timed; not positive while one is. */
  #untilTimed = PACE_TIMED_CALLS;
  #startNs = 0;
  // While slow:
  #quickProbes = 0;
  #probeCalls = PACE_PROBE_CALLS;
  #untilProbe = PACE_PROBE_CALLS;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether calls go to the pool. */
  get slow(): boolean {
    return this.#slow;
  }

  /**
   * Whether this request's next call goes to the pool: asked once before each. A buffer that was
   * selected for it is not taken before its bytes are there, so it never does.
   */
  defers(request: Request): boolean {
    const flags = request.flags & (ASYNC | BUFFER_SELECT);
    if (flags !== 0) return (flags & BUFFER_SELECT) === 0;
    if (!this.#slow) return false;
    if (--this.#untilProbe > 0) return true;
    this.#untilProbe = this.#probeCalls;
    this.#untilTimed = 1;
    return false;
  }

  /** A call begins at once. */
  begin(): void {
    if (--this.#untilTimed <= 0) this.#startNs = this.#clock.now();
  }

  /** It ended; `allowedNs` are what its bytes or names may have taken. */
  end(allowedNs: number): void {
    if (this.#untilTimed > 0) return;
    this.#untilTimed = PACE_TIMED_CALLS;
    const tookNs = Math.max(0, this.#clock.now() - this.#startNs - allowedNs);
    if (this.#slow) this.#judgeProbe(tookNs);
    else this.#judge(tookNs);
  }

  #judge(tookNs: number): void {
    const timeNs = Math.min(tookNs, TIME_MAX_NS);
    this.#smoothedNs += (timeNs - this.#smoothedNs) / SMOOTHED_OVER;
    if (this.#smoothedNs > PACE_SLOW_NS || tookNs > PACE_STALL_NS) {
      this.#slow = true;
      this.#quickProbes = 0;
      this.#probeCalls = PACE_PROBE_CALLS;
      this.#untilProbe = PACE_PROBE_CALLS;
    } else if (tookNs > PACE_SLOW_NS) this.#untilTimed = 1;
  }

  #judgeProbe(tookNs: number): void {
    if (tookNs > PACE_QUICK_NS) {
      this.#quickProbes = 0;
      this.#probeCalls = Math.min(2 * this.#probeCalls, PACE_PROBE_CALLS_MAX);
      this.#untilProbe = this.#probeCalls;
    } else if (++this.#quickProbes === PACE_QUICK_PROBES) {
      this.#slow = false;
      this.#smoothedNs = 0;
    } else {
      this.#probeCalls = PACE_PROBE_CALLS;
      this.#untilProbe = PACE_PROBE_CALLS;
    }
  }
}
