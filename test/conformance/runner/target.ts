/** What a scenario runs on: the inline kernel in virtual time, or an executor thread. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, type Res } from '../../../src/abi/errno.ts';
import { ENTER } from '../../../src/abi/flags.ts';
import { CONTROL } from '../../../src/abi/layout.ts';
import { PolledPort } from '../../../src/client/polled-port.ts';
import { InlineKernel } from '../../../src/executor/inline.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import { Process } from '../../../src/kernel/process.ts';
import type { SetupParams } from '../../../src/kernel/setup.ts';
import type { IoUringManager } from '../../../src/manager/manager.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';
import type { Region } from '../../../src/ring/region.ts';
import type { RawRing } from './raw-ring.ts';

const NS_PER_MS = 1e6;
/** A wait for completions that must come gives up after this, in milliseconds. */
const GIVE_UP_MS = 3000;

/** One fresh kernel, or one fresh process of a kernel that runs. */
export interface Target {
  readonly memory: ProcessMemory;
  setup(entries: number, params: SetupParams): { fd: number; region: Region } | Res;
  closeRing(fd: number): Promise<void>;
  /** Submits what is published; in poll mode it returns when all of it was consumed. */
  enter(ring: RawRing | undefined, call: EnterArguments): Promise<Res>;
  register(fd: number, number: number, addr: number, count: number): Promise<Res>;
  /** Until `count` CQEs are there, or for too long. */
  waitFor(ring: RawRing, count: number): Promise<void>;
  pass(ms: number): Promise<void>;
  /** Milliseconds of the monotonic clock, and the realtime clock's. */
  nowMs(): { monotonic: number; realtime: number };
}

export interface EnterArguments {
  readonly fd: number;
  readonly toSubmit: number;
  readonly minComplete: number;
  readonly flags: number;
}

const words = (value: number): [number, number] => [value | 0, Math.floor(value / 2 ** 32) | 0];

/** A kernel of its own on this thread, whose time moves only when the scenario waits. */
export class EnterTarget implements Target {
  readonly memory = ProcessMemory.reserve(1 << 20);
  readonly #clock = new VirtualClock({ startNs: 1e12 }); // absolute times may lie in the past
  readonly #process = new Process(1, this.memory);
  readonly #kernel = new InlineKernel({
    clock: this.#clock,
    rows: 1 << 12,
    report: (error) => {
      throw error;
    },
  });

  setup(entries: number, params: SetupParams): { fd: number; region: Region } | Res {
    return this.#kernel.setup(this.#process, entries, params);
  }

  async closeRing(fd: number): Promise<void> {
    this.#kernel.close(this.#process, fd);
  }

  async enter(_ring: RawRing | undefined, call: EnterArguments): Promise<Res> {
    return this.#kernel.enter(this.#process, call);
  }

  async register(fd: number, number: number, addr: number, count: number): Promise<Res> {
    const [addrLow, addrHigh] = words(addr);
    return this.#kernel.register(this.#process, fd, { number, addrLow, addrHigh, count });
  }

  async waitFor(ring: RawRing, count: number): Promise<void> {
    const giveUpNs = this.#clock.now() + GIVE_UP_MS * NS_PER_MS;
    while (ring.ready < count && this.#clock.now() < giveUpNs) {
      const left = { untilNs: giveUpNs, minComplete: count, flags: ENTER.GETEVENTS };
      this.#kernel.enter(this.#process, { fd: ring.fd, toSubmit: 0, ...left });
    }
  }

  async pass(ms: number): Promise<void> {
    const untilNs = this.#clock.now() + ms * NS_PER_MS;
    for (;;) {
      const nextNs = this.#kernel.machine.nextDeadline;
      if (nextNs > untilNs) break;
      this.#clock.sleepUntil(nextNs);
      this.#kernel.turn();
    }
    this.#clock.sleepUntil(untilNs);
    this.#kernel.turn();
  }

  nowMs(): { monotonic: number; realtime: number } {
    const { sec, nsec } = this.#clock.realtime();
    return { monotonic: this.#clock.now() / NS_PER_MS, realtime: sec * 1000 + nsec / NS_PER_MS };
  }
}

/** A process whose rings an executor thread serves in real time. */
export class PollTarget implements Target {
  readonly memory = ProcessMemory.reserve(1 << 20);
  readonly #manager: IoUringManager;
  readonly #pid: number;
  readonly #ports = new Map<number, PolledPort>();

  constructor(manager: IoUringManager, pid: number) {
    this.#manager = manager;
    this.#pid = pid;
  }

  setup(entries: number, params: SetupParams): { fd: number; region: Region } {
    const { flags = 0, cqEntries } = params;
    const cq = cqEntries === undefined ? {} : { cqEntries };
    const ring = this.#manager.createRing(this.#pid, {
      sqEntries: entries,
      ...cq,
      flags,
      memory: this.memory,
    });
    const port = new PolledPort(ring.handle);
    this.#ports.set(ring.fd, port);
    return { fd: ring.fd, region: port.region };
  }

  async closeRing(fd: number): Promise<void> {
    await this.#manager.destroyRing(this.#pid, fd);
  }

  async enter(ring: RawRing | undefined, call: EnterArguments): Promise<Res> {
    if (ring === undefined) return fail('EBADF');
    const goal = Atomics.load(ring.words, CONTROL.sqTail);
    this.#ports.get(ring.fd)?.roomMade(); // rings the bell
    while (Atomics.load(ring.words, CONTROL.sqHead) !== goal) await sleep(1);
    return call.toSubmit;
  }

  async register(fd: number, number: number, addr: number, count: number): Promise<Res> {
    const [addrLow, addrHigh] = words(addr);
    const answer = this.#ports.get(fd)?.callAsync({ number, addrLow, addrHigh, count });
    return answer ?? fail('EBADF');
  }

  async waitFor(ring: RawRing, count: number): Promise<void> {
    for (let ms = 0; ring.ready < count && ms < GIVE_UP_MS; ms++) {
      if (ring.overflowed) this.#ports.get(ring.fd)?.roomMade();
      await sleep(1);
    }
  }

  async pass(ms: number): Promise<void> {
    await sleep(ms);
  }

  nowMs(): { monotonic: number; realtime: number } {
    return { monotonic: Number(process.hrtime.bigint()) / NS_PER_MS, realtime: Date.now() };
  }
}
