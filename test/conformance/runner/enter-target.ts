/** A kernel of its own on this thread, whose time moves only when the scenario waits. */
import * as fs from 'node:fs';
import { fail, type Res } from '../../../src/abi/errno.ts';
import { ENTER } from '../../../src/abi/flags.ts';
import { InlineKernel } from '../../../src/executor/inline.ts';
import { InlineFiles } from '../../../src/host/inline-files.ts';
import type { NodeFs } from '../../../src/host/node-fs.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import { Process } from '../../../src/kernel/process.ts';
import type { SetupParams } from '../../../src/kernel/setup.ts';
import { Mounts } from '../../../src/kernel/vfs/mounts.ts';
import type { Region } from '../../../src/ring/region.ts';
import { newMemory } from './arena.ts';
import type { RawRing } from './raw-ring.ts';
import {
  type EnterArguments,
  GIVE_UP_MS,
  type MadeRing,
  type RegisterArguments,
  type Target,
} from './target.ts';

const NS_PER_MS = 1e6;
/** Absolute times may lie in the past of a kernel that just booted. */
const BOOTED_NS = 1e12;
const LEDGER_ROWS = 1 << 12;
/** Looks at a kernel that has work but does not get on with it, before it is given up. */
const IDLE_LOOKS_MAX = 10_000;

/** 64 bits as two words. */
export const wordsOf = (value: bigint): { addrLow: number; addrHigh: number } => ({
  addrLow: Number(BigInt.asIntN(32, value)),
  addrHigh: Number(BigInt.asIntN(32, value >> 32n)),
});

export class EnterTarget implements Target {
  readonly memory = newMemory();
  readonly folder: string;
  readonly #clock = new VirtualClock({ startNs: BOOTED_NS });
  readonly #process = new Process(1, this.memory);
  readonly #mounts: Mounts;
  readonly #kernel: InlineKernel;
  /** What operations threw. */
  readonly #bugs: unknown[] = [];

  /** `folder`: an empty one. */
  constructor(folder: string) {
    this.folder = folder;
    const files = new InlineFiles(fs as unknown as NodeFs); // whose types want a Buffer for a path
    const root = { path: '/', root: folder, jail: 'walk', devices: false, files } as const;
    this.#mounts = new Mounts([root], this.#clock);
    this.#kernel = new InlineKernel({
      clock: this.#clock,
      files: this.#mounts,
      rows: LEDGER_ROWS,
      report: (error) => this.#bugs.push(error),
    });
  }

  async setup(entries: number, params: SetupParams & { task?: number }): Promise<MadeRing | Res> {
    return this.#kernel.setup(this.#process, entries, params);
  }

  async closeRing(fd: number): Promise<void> {
    this.#kernel.close(this.#process, fd);
  }

  published(): void {}

  async enter(_ring: RawRing, call: EnterArguments): Promise<Res> {
    return this.#kernel.enter(this.#process, call);
  }

  async register({ fd, number, addr, count, task }: RegisterArguments): Promise<Res> {
    const call = { number, ...wordsOf(addr), count };
    return this.#kernel.register(this.#process, fd, call, task);
  }

  regionOf(fd: number): Region {
    const region = this.#kernel.regionOf(this.#process, fd);
    if (region === undefined) throw new Error(`descriptor ${fd} is no ring`);
    return region;
  }

  async waitFor(ring: RawRing, count: number, task: number): Promise<void> {
    const untilNs = this.#clock.now() + GIVE_UP_MS * NS_PER_MS;
    const call = { fd: ring.fd, toSubmit: 0, minComplete: count, flags: ENTER.GETEVENTS };
    for (let looks = 0; ring.ready < count && this.#clock.now() < untilNs; looks++) {
      const [before, ready] = [this.#clock.now(), ring.ready];
      const res = this.#kernel.enter(this.#process, { ...call, untilNs, task });
      if (res < 0 && res !== fail('ETIME')) return; // nothing will come
      if (this.#clock.now() > before || ring.ready > ready) looks = 0;
      if (looks > IDLE_LOOKS_MAX) throw new Error('enter() returns, and nothing comes');
    }
  }

  async settle(): Promise<void> {}

  async flush(ring: RawRing, task: number): Promise<void> {
    const call = { fd: ring.fd, toSubmit: 0, minComplete: 0, flags: ENTER.GETEVENTS, task };
    this.#kernel.enter(this.#process, call);
  }

  async pass(ms: number): Promise<void> {
    const untilNs = this.#clock.now() + ms * NS_PER_MS;
    this.#turn();
    for (let looks = 0; ; looks++) {
      const nextNs = this.#kernel.machine.dues.next;
      if (nextNs > untilNs) break;
      if (nextNs > this.#clock.now()) looks = 0;
      if (looks > IDLE_LOOKS_MAX) throw new Error('a deadline came, and nothing was done');
      this.#clock.sleepUntil(nextNs);
      this.#turn();
    }
    this.#clock.sleepUntil(untilNs);
    this.#turn();
  }

  /** What the kernel has to do now, it does now, in however many turns. */
  #turn(): void {
    this.#kernel.turn();
    for (let looks = 0; this.#kernel.machine.hasReady; looks++) {
      if (looks > IDLE_LOOKS_MAX) throw new Error('the kernel has work and does not get on');
      this.#kernel.turn();
    }
  }

  nowMs(): { monotonic: number; realtime: number } {
    const { sec, nsec } = this.#clock.realtime();
    return { monotonic: this.#clock.now() / NS_PER_MS, realtime: sec * 1000 + nsec / NS_PER_MS };
  }

  async end(): Promise<void> {
    this.#kernel.exit(this.#process);
    this.#mounts.close();
    const [bug] = this.#bugs;
    if (bug !== undefined) throw bug;
  }
}
