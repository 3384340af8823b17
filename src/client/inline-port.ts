/** The port to an inline kernel: every wait is an enter() on the calling thread. */
import { fail, type Res } from '../abi/errno.ts';
import { ENTER } from '../abi/flags.ts';
import { CONTROL_CALL } from '../abi/register.ts';
import type { CreatedRing, InlineKernel } from '../executor/inline.ts';
import type { Process } from '../kernel/process.ts';
import type { Call } from '../ring/call.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import type { Region } from '../ring/region.ts';
import type { RingEnds, RingPort, WaitGoal } from './port.ts';

const FOREVER = Number.POSITIVE_INFINITY;

/** One ring's way to the kernel on the same thread. */
export class InlinePort implements RingPort {
  region: Region;
  readonly fd: number;
  readonly #kernel: InlineKernel;
  readonly #process: Process;

  constructor(kernel: InlineKernel, process: Process, { fd, region }: CreatedRing) {
    this.region = region;
    this.fd = fd;
    this.#kernel = kernel;
    this.#process = process;
  }

  get memory(): ProcessMemory {
    return this.#process.memory;
  }

  nowMs(): number {
    return this.#kernel.machine.clock.now() / 1e6;
  }

  /** Also submits what an earlier call left behind a bad entry (B3), as liburing does. */
  submit({ submission }: RingEnds, _published: number): Res {
    const queued = submission.ready();
    return queued === 0 ? 0 : this.#enter(queued, 0, 0, FOREVER);
  }

  tookAll({ submission }: RingEnds): boolean {
    return submission.ready() === 0;
  }

  /** The kernel compares for itself: expiries during an enter() are the ones that count. */
  timeouts(): number {
    return 0;
  }

  wait(_ends: RingEnds, { count, timeoutMs }: WaitGoal): Res {
    return this.#enter(0, count, ENTER.GETEVENTS, timeoutMs);
  }

  /** Nothing else could complete it meanwhile, so it blocks all the same. */
  async waitAsync(ends: RingEnds, goal: WaitGoal): Promise<Res> {
    return this.wait(ends, goal);
  }

  /** enter() takes what is published, so a full SQ means that nobody submitted it. */
  waitSpace({ submission }: RingEnds): Res {
    return submission.space() > 0 ? 0 : fail('EDEADLK');
  }

  async waitSpaceAsync(ends: RingEnds): Promise<Res> {
    return this.waitSpace(ends);
  }

  roomMade(): void {
    this.#enter(0, 0, ENTER.GETEVENTS, FOREVER);
  }

  call(call: Call): Res {
    return call.number === CONTROL_CALL.CLOSE
      ? this.#kernel.close(this.#process, this.fd)
      : this.#kernel.register(this.#process, this.fd, call);
  }

  moved(): boolean {
    const region = this.#kernel.regionOf(this.#process, this.fd) ?? this.region;
    if (region === this.region) return false;
    this.region = region;
    return true;
  }

  async callAsync(call: Call): Promise<Res> {
    return this.call(call);
  }

  #enter(toSubmit: number, minComplete: number, flags: number, timeoutMs: number): Res {
    const untilNs =
      timeoutMs === FOREVER ? timeoutMs : this.#kernel.machine.clock.now() + timeoutMs * 1e6;
    const { fd } = this;
    return this.#kernel.enter(this.#process, { fd, toSubmit, minComplete, flags, untilNs });
  }
}
