/** The port to an inline kernel: every wait is an enter() on the calling thread. */
import { fail, type Res } from '../abi/errno.ts';
import { ENTER } from '../abi/flags.ts';
import { CONTROL_CALL } from '../abi/register.ts';
import type { CreatedRing, InlineKernel } from '../executor/inline.ts';
import type { Process } from '../kernel/process.ts';
import type { Call } from '../ring/call.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import type { Region } from '../ring/region.ts';
import type { RingEnds, RingPort } from './port.ts';

/** One ring's way to the kernel on the same thread. */
export class InlinePort implements RingPort {
  readonly region: Region;
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

  submitted(count: number): Res {
    return this.#enter(count, 0, 0, Number.POSITIVE_INFINITY);
  }

  /** The kernel compares for itself: expiries during an enter() are the ones that count. */
  timeouts(): number {
    return 0;
  }

  wait(_ends: RingEnds, count: number, _since: number, timeoutMs: number): Res {
    return this.#enter(0, count, ENTER.GETEVENTS, timeoutMs);
  }

  /** Nothing else could complete it meanwhile, so it blocks all the same. */
  async waitAsync(ends: RingEnds, count: number, since: number, timeoutMs: number): Promise<Res> {
    return this.wait(ends, count, since, timeoutMs);
  }

  /** enter() takes what is published, so a full SQ means that nobody submitted it. */
  waitSpace({ submission }: RingEnds): Res {
    return submission.space() > 0 ? 0 : fail('EDEADLK');
  }

  async waitSpaceAsync(ends: RingEnds): Promise<Res> {
    return this.waitSpace(ends);
  }

  roomMade(): void {
    this.#enter(0, 0, ENTER.GETEVENTS, Number.POSITIVE_INFINITY);
  }

  call(call: Call): Res {
    return call.number === CONTROL_CALL.CLOSE
      ? this.#kernel.close(this.#process, this.fd)
      : this.#kernel.register(this.#process, this.fd, call);
  }

  async callAsync(call: Call): Promise<Res> {
    return this.call(call);
  }

  #enter(toSubmit: number, minComplete: number, flags: number, timeoutMs: number): Res {
    const untilNs =
      timeoutMs === Number.POSITIVE_INFINITY
        ? timeoutMs
        : this.#kernel.machine.clock.now() + timeoutMs * 1e6;
    const { fd } = this;
    return this.#kernel.enter(this.#process, { fd, toSubmit, minComplete, flags, untilNs });
  }
}
