/** Runs one scenario on one target: resources, steps, and what remains to be checked at the end. */
import { fail } from '../../../src/abi/errno.ts';
import type { SetupParams } from '../../../src/kernel/setup.ts';
import { extend } from './enter-call.ts';
import { countOf, difference, WORD_BREAK } from './expect-cqes.ts';
import { hostStep } from './host.ts';
import { constant, ScenarioError, SQ_WORDS } from './names.ts';
import type { Operand } from './operands.ts';
import { type Cqe, RawRing, type SqeValues } from './raw-ring.ts';
import { makeResource } from './resources.ts';
import type {
  BufsStep,
  EnterStep,
  ExpectedCqes,
  Layout,
  Mode,
  ResizeStep,
  Scenario,
  Step,
} from './scenario.ts';
import type { Target } from './target.ts';
import { Difference, World } from './world.ts';

const CQSIZE = Number(constant('CQSIZE'));
const RESIZE_RINGS = Number(constant('REGISTER_RESIZE_RINGS'));
/** Bytes of a struct io_uring_params behind the fields that a resize reads. */
const PARAMS_REST_BYTES = 108;
/** An entry of a provided buffer ring; the tail lies in entry 0, behind what the user fills in. */
const BUFFER_BYTES = 16;
const BUFFER_TAIL_BYTE = 14;

/** One run; `run()` throws a Difference, or a ScenarioError for what the format does not know. */
export class ScenarioRun {
  readonly #scenario: Scenario;
  readonly #mode: Mode;
  readonly #world: World;
  readonly #tasks = new Map<string, number>();

  constructor(scenario: Scenario, mode: Mode, target: Target) {
    this.#scenario = scenario;
    this.#mode = mode;
    this.#world = new World(target);
  }

  get #target(): Target {
    return this.#world.target;
  }

  async run(): Promise<void> {
    const { res = {}, steps } = this.#scenario;
    for (const [name, resource] of Object.entries(res))
      await told(`resource ${name}`, makeResource(this.#world, name, resource));
    for (const [at, step] of steps.entries()) await told(`step ${at}`, this.#step(step));
    for (const [name, ring] of this.#world.rings) {
      await this.#target.flush(ring, 0);
      const [left] = ring.take(1);
      if (left !== undefined)
        throw new Difference(
          `at the end: ${difference(this.#world.operands, [], [left])} (${name})`,
        );
    }
  }

  async #step(step: Step): Promise<void> {
    const w = this.#world;
    const task = this.#taskOf(step.task);
    if (step.setup !== undefined) return this.#trySetup(step, task);
    if (step.mem !== undefined) return this.#compare(...step.mem);
    if (step.poke !== undefined) return this.#poke(...step.poke);
    if (step.bufs !== undefined) return this.#provide(step.bufs);
    if (step.sleep !== undefined) return this.#target.pass(step.sleep);
    if (step.host !== undefined) return hostStep(w, step.host, step.is);
    const ring = w.rings.get(step.ring ?? 'r');
    if (step.reg !== undefined) return this.#register(ring, step, task);
    if (ring === undefined) throw new ScenarioError(`there is no ring ${step.ring ?? 'r'}`);
    if (step.sqe !== undefined) return ring.fill(this.#values(step.sqe), step.slot);
    if (step.index !== undefined) return ring.append(step.index.map((i) => w.operands.int(i)));
    if (step.publish !== undefined) return this.#publish(ring, step.publish);
    if (step.enter !== undefined) return this.#enter(ring, step.enter, task);
    if (step.cqes !== undefined) return this.#cqes(ring, step.cqes, task);
    if (step.reap !== undefined) return this.#reap(ring, step.reap);
    if (step.none !== undefined) return this.#none(ring, step.none, task);
    if (step.state !== undefined) return this.#state(ring, step.state);
    if (step.resize !== undefined) return this.#resize(ring, step.resize, step.ret ?? 0, task);
    throw new ScenarioError(`unknown step ${Object.keys(step).join()}`);
  }

  /** The main thread is 0, others count from 1 as they appear. */
  #taskOf(name: string | undefined): number {
    if (name === undefined) return 0;
    const task = this.#tasks.get(name) ?? this.#tasks.size + 1;
    this.#tasks.set(name, task);
    return task;
  }

  #values(fields: { readonly [field: string]: Operand }): SqeValues {
    const { operands } = this.#world;
    return Object.fromEntries(
      Object.entries(fields).map(([name, operand]) => [name, operands.value(operand)]),
    );
  }

  #publish(ring: RawRing, count: number): void {
    ring.publish(count);
    this.#target.published(ring);
  }

  async #enter(ring: RawRing, step: EnterStep, task: number): Promise<void> {
    const { target, operands, arena } = this.#world;
    if (this.#mode === 'poll') {
      ring.publish(Math.min(step.submit ?? ring.unpublished, ring.unpublished));
      const call = { fd: ring.fd, toSubmit: 1, minComplete: 0, flags: 0, task };
      if ((await target.enter(ring, call)) === fail('ETIME'))
        throw new Difference(`${ring.pending} SQEs were not consumed`);
      return;
    }
    const toSubmit = step.submit ?? ring.queued;
    ring.publish(ring.unpublished);
    const fd = step.fd === undefined ? ring.fd : operands.int(step.fd);
    const call = {
      fd,
      toSubmit,
      minComplete: step.wait ?? 0,
      task,
      ...extend(step, operands, arena),
    };
    const before = target.nowMs().monotonic;
    const res = await target.enter(ring, call);
    const elapsed = target.nowMs().monotonic - before;
    this.#world.expect('enter', step.ret ?? toSubmit, res);
    const [least, most] = step.elapsed ?? [0, Number.POSITIVE_INFINITY];
    if (elapsed < least || elapsed > most)
      throw new Difference(`enter: took ${elapsed} ms, expected ${least} to ${most}`);
  }

  async #cqes(ring: RawRing, expected: ExpectedCqes, task: number): Promise<void> {
    const count = countOf(expected);
    const { cqEntries } = ring.region.geometry;
    const cqes: Cqe[] = [];
    for (;;) {
      cqes.push(...ring.take(count - cqes.length));
      if (cqes.length === count) break;
      await this.#target.waitFor(ring, Math.min(count - cqes.length, cqEntries), task);
      if (ring.ready === 0) break; // it waited for long
    }
    this.#check(expected, cqes);
  }

  async #reap(ring: RawRing, expected: ExpectedCqes): Promise<void> {
    const count = countOf(expected);
    await this.#target.settle(ring, count);
    this.#check(expected, ring.take(count));
  }

  #check(expected: ExpectedCqes, cqes: readonly Cqe[]): void {
    const differs = difference(this.#world.operands, expected, cqes);
    if (differs !== undefined) throw new Difference(differs);
  }

  async #none(ring: RawRing, ms: number, task: number): Promise<void> {
    await this.#target.pass(ms);
    await this.#target.flush(ring, task);
    this.#check([], ring.take(1));
  }

  #state(ring: RawRing, expected: { readonly [what: string]: Operand }): void {
    for (const [what, operand] of Object.entries(expected)) {
      if (what !== 'flags') {
        this.#world.expect(what, operand, ring.state(what));
        continue;
      }
      const words = String(operand).split(WORD_BREAK);
      const bits = words.reduce((all, word) => all | (SQ_WORDS.get(word) ?? 0), 0);
      this.#world.same('SQ flags', ring.state(what), bits);
    }
  }

  async #register(ring: RawRing | undefined, step: Step, task: number): Promise<void> {
    const { operands } = this.#world;
    const [op, arg, nr] = step.reg ?? [0, 0, 0];
    const fd = step.fd === undefined ? (ring?.fd ?? -1) : operands.int(step.fd);
    const res = await this.#target.register({
      fd,
      number: operands.int(op),
      addr: operands.value(arg),
      count: operands.count(nr),
      task,
    });
    const isOther = res === fail('EBADF') && (await this.#isOtherFile(fd));
    this.#world.expect(`register ${op}`, step.ret ?? 0, isOther ? fail('EOPNOTSUPP') : res);
  }

  /** In poll mode a ring is called by its memory, so what is no ring must be told apart here. */
  async #isOtherFile(fd: number): Promise<boolean> {
    const { calls, rings } = this.#world;
    if (this.#mode === 'enter' || [...rings.values()].some((ring) => ring.fd === fd)) return false;
    const copy = await calls.dup(fd);
    return copy >= 0 && (await calls.close(copy)) === 0;
  }

  async #trySetup({ setup = {}, is }: Step, task: number): Promise<void> {
    const { operands } = this.#world;
    const given = <K extends string>(field: string, key: K): { [key in K]?: number } =>
      setup[field] === undefined
        ? {}
        : ({ [key]: operands.int(setup[field]) } as { [key in K]?: number });
    const params: SetupParams = {
      ...given('flags', 'flags'),
      ...given('cq', 'cqEntries'),
      ...given('idle', 'sqThreadIdleMs'),
      ...given('wq_fd', 'wqFd'),
      ...given('resv', 'resv'),
    };
    const entries = operands.count(setup['entries'] ?? 0);
    const made = await this.#target.setup(entries, { ...params, task });
    const { ret, ...sizes } = is as { readonly [what: string]: Operand };
    if (typeof made === 'number') {
      const isOther = made === fail('ENXIO') && (await this.#isOtherFile(params.wqFd ?? -1));
      const wanted = ret ?? (Object.keys(sizes).length > 0 ? 0 : made);
      return this.#world.expect('setup', wanted, isOther ? fail('EINVAL') : made);
    }
    if (ret !== undefined) this.#world.expect('setup', ret, 0);
    this.#state(new RawRing(made.region, made.fd), sizes);
    await this.#target.closeRing(made.fd);
  }

  async #resize(ring: RawRing, step: ResizeStep, ret: Operand, task: number): Promise<void> {
    const { arena, operands } = this.#world;
    const flags = operands.int(step.flags ?? 0) | (step.cq === undefined ? 0 : CQSIZE);
    const sizes = { u32: [step.entries, step.cq ?? 0, flags] };
    const addr = BigInt(arena.scratch(operands.bytes([sizes, PARAMS_REST_BYTES])));
    const call = { fd: ring.fd, number: RESIZE_RINGS, addr, count: 1, task };
    const res = await this.#target.register(call);
    this.#world.expect('resize', ret, res);
    if (res >= 0) ring.moveTo(this.#target.regionOf(ring.fd));
  }

  #poke(address: Operand, layout: Layout): void {
    const { arena, operands } = this.#world;
    arena.write(Number(operands.value(address)), operands.bytes(layout));
  }

  #compare(address: Operand, layout: Layout): void {
    const { arena, operands } = this.#world;
    const expected = operands.bytes(layout);
    const actual = arena.read(Number(operands.value(address)), expected.length);
    if (Buffer.compare(actual, expected) === 0) return;
    const at = expected.findIndex((byte, i) => byte !== actual[i]);
    throw new Difference(`memory: byte ${address}+${at}: ${excerpts(actual, expected, at)}`);
  }

  #provide({ ring, entries, add }: BufsStep): void {
    const { arena, operands } = this.#world;
    const start = Number(operands.value(ring));
    const tailAt = start + BUFFER_TAIL_BYTE;
    let tail = arena.view(tailAt, 2).getUint16(0, true);
    for (const [address, length, id] of add) {
      const entry = operands.bytes([{ u64: address }, { u32: length }, { u16: id }]);
      arena.write(start + (tail & (entries - 1)) * BUFFER_BYTES, entry);
      tail++;
    }
    arena.publishU16(tailAt, tail & 0xffff);
  }
}

/** Says where it was that `work` found a difference. */
async function told(where: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) error.message = `${where}: ${error.message}`;
    throw error;
  }
}

/** A few bytes from the first that differs, as they are and as they should be. */
function excerpts(actual: Uint8Array, expected: Uint8Array, at: number): string {
  const [got, wanted] = [actual, expected].map((bytes) =>
    Buffer.from(bytes.subarray(at, at + BUFFER_BYTES)).toString('hex'),
  );
  return `got ${got}, expected ${wanted}`;
}
