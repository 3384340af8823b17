/** Runs one scenario on one target: resources, steps, and what remains to be checked at the end. */
import { ENTER, SETUP, SQ_FLAG } from '../../../src/abi/flags.ts';
import type { SetupParams } from '../../../src/kernel/setup.ts';
import { countOf, difference } from './expect-cqes.ts';
import { type LayoutItem, type Operand, Operands, UnknownName } from './operands.ts';
import { type Cqe, RawRing } from './raw-ring.ts';
import type { EnterStep, ExpectedCqes, Mode, Resource, Scenario, Step } from './scenario.ts';
import type { Target } from './target.ts';

/** What the simulator did that Linux did not. */
export class Difference extends Error {}

/** Memory resources begin here and go up. */
const FIRST_ADDRESS = 8192;
const NS_PER_MS = 1e6;

/** One run; `run()` throws a Difference, or UnknownName for what the format does not know. */
export class ScenarioRun {
  readonly #scenario: Scenario;
  readonly #mode: Mode;
  readonly #target: Target;
  readonly #operands = new Operands();
  readonly #rings = new Map<string, RawRing>();
  #nextAddress = FIRST_ADDRESS;

  constructor(scenario: Scenario, mode: Mode, target: Target) {
    this.#scenario = scenario;
    this.#mode = mode;
    this.#target = target;
  }

  async run(): Promise<void> {
    const { res = {}, steps } = this.#scenario;
    for (const [name, resource] of Object.entries(res)) this.#make(name, resource);
    for (const [at, step] of steps.entries()) {
      try {
        await this.#step(step);
      } catch (error) {
        if (error instanceof Difference) error.message = `step ${at}: ${error.message}`;
        throw error;
      }
    }
    for (const ring of this.#rings.values()) {
      await this.#flush(ring);
      this.#same('CQEs left at the end', ring.ready, 0);
      await this.#target.closeRing(ring.fd);
    }
  }

  // --- resources ---

  #make(name: string, resource: Resource): void {
    if (resource.ring !== undefined) this.#makeRing(name, resource.ring, resource);
    else if (resource.mem !== undefined) this.#makeMemory(name, resource.mem, resource.align);
    else if (resource.ts !== undefined) this.#makeTimespec(name, resource.ts, resource.clock);
    else throw new UnknownName(`unknown resource ${Object.keys(resource).join()}`);
  }

  #makeRing(name: string, entries: number, { flags = '', cq }: Resource): void {
    const made = this.#target.setup(entries, this.#params(flags, cq));
    if (typeof made === 'number') throw new Difference(`ring ${name}: ${made}`);
    this.#rings.set(name, new RawRing(made.region, made.fd));
    this.#operands.bind(name, made.fd);
  }

  #params(flags: Operand, cqEntries: number | undefined): SetupParams {
    const bits = this.#operands.number(flags);
    if (cqEntries === undefined) return { flags: bits };
    return { flags: bits | SETUP.CQSIZE, cqEntries };
  }

  #makeMemory(name: string, layout: readonly LayoutItem[], align = 16): void {
    const bytes = this.#operands.bytes(layout);
    const at = Math.ceil(this.#nextAddress / align) * align;
    this.#nextAddress = at + bytes.length;
    this.#target.memory.bytes.set(bytes, at);
    this.#operands.bind(name, at);
  }

  #makeTimespec(name: string, ms: number, clock: Resource['clock']): void {
    const now = this.#target.nowMs();
    const base = { none: 0, REALTIME: now.realtime, MONOTONIC: now.monotonic, BOOTTIME: 0 };
    base.BOOTTIME = base.MONOTONIC;
    const total = base[clock ?? 'none'] + ms;
    const sec = Math.floor(total / 1000);
    const nsec = Math.floor((total - sec * 1000) * NS_PER_MS);
    this.#makeMemory(name, [{ u64: [sec, nsec] }]);
  }

  // --- steps ---

  async #step(step: Step): Promise<void> {
    const ring = this.#rings.get(step.ring ?? 'r');
    if (step.setup !== undefined) return this.#trySetup(step.setup, step.is ?? {});
    if (step.mem !== undefined) return this.#compare(...step.mem);
    if (step.poke !== undefined) return this.#poke(...step.poke);
    if (step.sleep !== undefined) return this.#target.pass(step.sleep);
    if (ring === undefined) throw new UnknownName(`no ring for ${Object.keys(step).join()}`);
    if (step.sqe !== undefined) return ring.fill(this.#operands, step.sqe, step.slot);
    if (step.index !== undefined) return ring.append(step.index);
    if (step.publish !== undefined) return ring.publish(step.publish);
    if (step.enter !== undefined) return this.#enter(ring, step.enter);
    if (step.cqes !== undefined) return this.#cqes(ring, step.cqes);
    if (step.reap !== undefined) return this.#take(ring, step.reap);
    if (step.none !== undefined) return this.#none(ring, step.none);
    if (step.state !== undefined) return this.#state(ring, step.state);
    if (step.reg !== undefined) return this.#register(ring, step.reg, step);
    throw new UnknownName(`unknown step ${Object.keys(step).join()}`);
  }

  async #enter(ring: RawRing, step: EnterStep): Promise<void> {
    const { submit, wait = 0, fd, ret } = step;
    if (this.#mode === 'poll') {
      ring.publish(submit ?? ring.unpublished);
      await this.#target.enter(ring, { fd: ring.fd, toSubmit: 1, minComplete: 0, flags: 0 });
      return;
    }
    const toSubmit = submit ?? ring.queued;
    ring.publish(ring.unpublished);
    const asked = this.#operands.number(step.flags ?? 0);
    const flags = wait !== 0 ? asked | ENTER.GETEVENTS : asked;
    const target = fd === undefined ? ring.fd : this.#operands.number(fd);
    const before = this.#target.nowMs().monotonic;
    const call = { fd: target, toSubmit, minComplete: wait, flags };
    const res = await this.#target.enter(ring, call);
    this.#expect('enter', ret ?? toSubmit, res);
    const [least, most] = step.elapsed ?? [0, Number.POSITIVE_INFINITY];
    const elapsed = this.#target.nowMs().monotonic - before;
    if (elapsed < least || elapsed > most) throw new Difference(`enter took ${elapsed} ms`);
  }

  async #cqes(ring: RawRing, expected: ExpectedCqes): Promise<void> {
    const count = countOf(expected);
    const { cqEntries } = ring.region.geometry;
    const cqes: Cqe[] = [];
    for (;;) {
      cqes.push(...ring.take(Math.min(count - cqes.length, ring.ready)));
      if (cqes.length === count) break;
      await this.#target.waitFor(ring, Math.min(count - cqes.length, cqEntries));
      if (ring.ready === 0) break; // it waited for long
    }
    this.#check(expected, cqes);
  }

  #take(ring: RawRing, expected: ExpectedCqes): void {
    this.#check(expected, ring.take(Math.min(countOf(expected), ring.ready)));
  }

  #check(expected: ExpectedCqes, cqes: readonly Cqe[]): void {
    const differs = difference(this.#operands, expected, cqes);
    if (differs !== undefined) throw new Difference(differs);
    if (cqes.length < countOf(expected))
      throw new Difference(`${cqes.length} CQEs came of ${JSON.stringify(expected)}`);
  }

  async #none(ring: RawRing, ms: number): Promise<void> {
    await this.#target.pass(ms);
    await this.#flush(ring);
    this.#same('CQEs that should not be there', ring.ready, 0);
  }

  async #flush(ring: RawRing): Promise<void> {
    if (this.#mode === 'poll') return;
    const call = { fd: ring.fd, toSubmit: 0, minComplete: 0, flags: ENTER.GETEVENTS };
    await this.#target.enter(ring, call);
  }

  #state(ring: RawRing, expected: { readonly [what: string]: Operand }): void {
    for (const [what, operand] of Object.entries(expected)) {
      if (what === 'flags') {
        const bits = String(operand)
          .split('|')
          .reduce((all, word) => all | (SQ_FLAG[word as keyof typeof SQ_FLAG] ?? 0), 0);
        this.#same('SQ flags', ring.state(what), bits);
      } else this.#expect(what, operand, ring.state(what));
    }
  }

  async #register(
    ring: RawRing,
    [op, arg, count]: readonly [Operand, Operand, Operand],
    { fd, ret = 0 }: Step,
  ): Promise<void> {
    const { number } = { number: (operand: Operand) => this.#operands.number(operand) };
    const target = fd === undefined ? ring.fd : number(fd);
    const res = await this.#target.register(target, number(op), number(arg), number(count));
    this.#expect(`register ${op}`, ret, res);
  }

  async #trySetup(
    fields: { readonly [field: string]: Operand },
    expected: { readonly [what: string]: Operand },
  ): Promise<void> {
    const number = (name: string): number => this.#operands.number(fields[name] ?? 0);
    const cqEntries = fields['cq'] === undefined ? {} : { cqEntries: number('cq') };
    const params = { flags: number('flags'), resv: number('resv'), ...cqEntries };
    const made = this.#target.setup(number('entries'), params);
    if (expected['ret'] !== undefined)
      this.#expect('setup', expected['ret'], typeof made === 'number' ? made : 0);
    if (typeof made === 'number') return;
    const ring = new RawRing(made.region, made.fd);
    for (const what of ['sq_entries', 'cq_entries'])
      if (expected[what] !== undefined) this.#expect(what, expected[what], ring.state(what));
    await this.#target.closeRing(made.fd);
  }

  #poke(address: Operand, layout: readonly LayoutItem[]): void {
    this.#target.memory.bytes.set(this.#operands.bytes(layout), this.#operands.number(address));
  }

  #compare(address: Operand, layout: readonly LayoutItem[]): void {
    const expected = this.#operands.bytes(layout);
    const at = this.#operands.number(address);
    const actual = this.#target.memory.bytes.subarray(at, at + expected.length);
    if (Buffer.compare(actual, expected) !== 0)
      throw new Difference(`memory at ${address}: ${Buffer.from(actual).toString('hex')}`);
  }

  #expect(what: string, expected: Operand, actual: number): void {
    if (!this.#operands.matches(expected, actual))
      throw new Difference(`${what}: got ${actual}, expected ${expected}`);
  }

  #same(what: string, actual: number, expected: number): void {
    if (actual !== expected) throw new Difference(`${what}: ${actual}, expected ${expected}`);
  }
}
