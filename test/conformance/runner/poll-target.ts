/** A process whose rings an executor thread serves in real time. */
import { fail, type Res } from '../../../src/abi/errno.ts';
import { SETUP } from '../../../src/abi/flags.ts';
import { RING_STATE } from '../../../src/abi/layout.ts';
import { REGISTER } from '../../../src/abi/register.ts';
import { KernelError } from '../../../src/client/error.ts';
import { PolledPort } from '../../../src/client/polled-port.ts';
import { checkSetup, type SetupParams } from '../../../src/kernel/setup.ts';
import { ringState } from '../../../src/ring/binding.ts';
import type { Region } from '../../../src/ring/region.ts';
import { newMemory } from './arena.ts';
import { wordsOf } from './enter-target.ts';
import { constant, ScenarioError } from './names.ts';
import type { PolledKernel } from './polled-kernel.ts';
import type { RawRing } from './raw-ring.ts';
import {
  type EnterArguments,
  GIVE_UP_MS,
  type MadeRing,
  passRealTime,
  type RegisterArguments,
  type Target,
  until,
  within,
} from './target.ts';

const NS_PER_MS = 1e6;
/** The one call that is made without a ring. */
const SEND_MSG_RING = Number(constant('REGISTER_SEND_MSG_RING'));
/** A call that does nothing: a probe of no operation. */
const NO_PROBE = { number: REGISTER.PROBE, addrLow: 0, addrHigh: 0, count: 0 };

export class PollTarget implements Target {
  readonly memory = newMemory();
  readonly folder: string;
  readonly #kernel: PolledKernel;
  readonly #pid: number;
  readonly #ports = new Map<number, PolledPort>();

  constructor(kernel: PolledKernel) {
    this.#kernel = kernel;
    this.#pid = kernel.newPid();
    this.folder = kernel.folder;
  }

  async setup(entries: number, params: SetupParams): Promise<MadeRing | Res> {
    const { flags = 0, cqEntries, wqFd } = params;
    const refused = checkSetup(entries, { ...params, flags: flags | SETUP.SQPOLL });
    if (typeof refused === 'number') return refused;
    const isSized = (flags & SETUP.CQSIZE) !== 0 && cqEntries !== undefined;
    try {
      const ring = this.#kernel.manager.createRing(this.#pid, {
        sqEntries: entries,
        flags,
        sqArray: true, // unless its flags say otherwise
        memory: this.memory,
        ...(isSized ? { cqEntries } : {}),
        ...(wqFd === undefined ? {} : { wqFd }),
      });
      const port = new PolledPort(ring.handle);
      this.#ports.set(ring.fd, port);
      // Once it answers, its executor has it: its descriptor is known to other rings.
      await within(GIVE_UP_MS, port.callAsync(NO_PROBE));
      return { fd: ring.fd, region: port.region };
    } catch (error) {
      if (error instanceof KernelError) return error.errno;
      throw error;
    }
  }

  async closeRing(fd: number): Promise<void> {
    this.#ports.delete(fd);
    await this.#kernel.manager.destroyRing(this.#pid, fd);
  }

  published(ring: RawRing): void {
    this.#ring(ring);
  }

  async enter(ring: RawRing, call: EnterArguments): Promise<Res> {
    this.#ring(ring);
    const consumed = (): boolean =>
      ring.pending === 0 || ringState(ring.region) === RING_STATE.DISABLED;
    return (await until(consumed, GIVE_UP_MS)) ? call.toSubmit : fail('ETIME');
  }

  async register({ fd, number, addr, count }: RegisterArguments): Promise<Res> {
    const port = this.#ports.get(fd) ?? (number === SEND_MSG_RING ? this.#anyPort() : undefined);
    if (port === undefined) return fail('EBADF');
    const answer = port.callAsync({ number, ...wordsOf(addr), count });
    return (await within(GIVE_UP_MS, answer)) ?? fail('ETIME');
  }

  regionOf(): Region {
    throw new ScenarioError('only DEFER_TASKRUN rings can be resized, and none is polled (T1)');
  }

  async waitFor(ring: RawRing, count: number): Promise<void> {
    await until(() => {
      if (ring.overflowed && ring.hasRoom) this.#ring(ring);
      return ring.ready >= count;
    }, GIVE_UP_MS);
  }

  /** Publication of a CQE may trail that of the SQ head. */
  async settle(ring: RawRing, count: number): Promise<void> {
    await until(() => ring.ready >= count, GIVE_UP_MS);
  }

  async flush(ring: RawRing): Promise<void> {
    if (!ring.overflowed) return;
    this.#ring(ring);
    await until(() => !ring.overflowed || !ring.hasRoom, GIVE_UP_MS);
  }

  async pass(ms: number): Promise<void> {
    await passRealTime(ms);
  }

  nowMs(): { monotonic: number; realtime: number } {
    return { monotonic: Number(process.hrtime.bigint()) / NS_PER_MS, realtime: Date.now() };
  }

  async end(): Promise<void> {
    const closing = Promise.all([...this.#ports.keys()].map((fd) => this.closeRing(fd)));
    if ((await within(GIVE_UP_MS, closing)) === undefined)
      throw new Error(`rings were not let go of within ${GIVE_UP_MS} ms`);
    this.#kernel.ended();
  }

  #ring(ring: RawRing): void {
    this.#ports.get(ring.fd)?.roomMade();
  }

  #anyPort(): PolledPort | undefined {
    const [port] = this.#ports.values();
    return port;
  }
}
