/** One run of a program: its steps, the end of all that is left, and what was wrong with it. */
import { errnoName, fail, type Res } from '../../../src/abi/errno.ts';
import { ASYNC_CANCEL, SQ_FLAG } from '../../../src/abi/flags.ts';
import { CONTROL } from '../../../src/abi/layout.ts';
import { featuresOf } from './features.ts';
import { lawsOf } from './laws.ts';
import type { LifeRing } from './placed.ts';
import type { Program, Step } from './program.ts';
import { LifeWorld } from './world.ts';

/** Rounds in which all that was submitted has to end. */
const ROUNDS_MAX = 80;
/** From the first of these on what still waits is taken back. */
const ROUNDS_IN_PEACE = 3;
const ROUND_NS = 2e9;
/** What enter() may answer beside a count. */
const REFUSALS = ['ETIME', 'EDEADLK', 'EAGAIN'];

/** What a program came to. */
export interface Outcome {
  readonly problems: readonly string[];
  readonly features: ReadonlySet<string>;
}

class Simulation {
  readonly world: LifeWorld;
  readonly problems: string[] = [];
  readonly features = new Set<string>();
  readonly #program: Program;

  constructor(program: Program) {
    this.#program = program;
    this.world = new LifeWorld(program);
  }

  run(): Outcome {
    for (const step of this.#program.steps) {
      this.#step(step);
      this.#observe();
    }
    this.#end();
    this.problems.push(...lawsOf(this.world));
    this.problems.push(...this.world.bugs.map((bug) => `a bug: ${(bug as Error).stack ?? bug}`));
    for (const feature of featuresOf(this.world)) this.features.add(feature);
    return { problems: this.problems, features: this.features };
  }

  #step(step: Step): void {
    const { world } = this;
    if ('ring' in step) {
      const ring = world.ringAt(step.ring);
      if (ring !== undefined) this.#onRing(step, ring);
    } else if ('advance' in step) world.clock.advance(step.advance);
    else if ('pour' in step) world.poured[step.pipe]! += world.objects.pour(step.pipe, step.pour);
    else if ('drink' in step)
      world.poured[step.pipe]! -= world.objects.drink(step.pipe, step.drink);
    else if ('setWord' in step) world.setWord(step.word, step.setWord);
    else if ('slow' in step) world.files.slow = step.slow;
    else if ('errors' in step)
      for (let i = 0; i < step.errors; i++) world.files.errors.push(fail('EIO'));
    else if ('answers' in step) for (let i = 0; i < step.answers; i++) world.files.answerOne();
    else if ('closeObject' in step) world.objects.close(world.process, step.closeObject);
    else this.#closeRing(world.ringAt(step.closeRing));
    world.turn();
  }

  #onRing(step: Extract<Step, { ring: number }>, ring: LifeRing): void {
    const { world } = this;
    if ('place' in step) for (const entry of step.place) world.place(ring, entry);
    else if ('enter' in step) this.#enter(ring, step);
    else if ('reap' in step) world.reap(ring, step.reap);
    else if (world.syncCancel(ring, step.syncCancel, step.on) > 0) this.features.add('sync cancel');
  }

  /** Enters, and compares what it answers with what it did. */
  #enter(ring: LifeRing, step: Extract<Step, { enter: number }>): void {
    const { world } = this;
    const queued = ring.queued.length;
    const toSubmit = step.enter < 0 ? queued : step.enter;
    const { cqTail } = CONTROL;
    const tail = ring.region.words[cqTail];
    const hadBacklog = ring.kernelRing.overflowed;
    const res = world.enter(ring, toSubmit, step.wait, step.ns);
    const taken = queued - ring.queued.length;
    if (res < 0) this.#refused(ring, res, taken);
    else if (ring.spec.kind !== 'sqpoll' && res !== taken && toSubmit > 0)
      this.problems.push(`enter said ${res}, and took ${taken}`);
    if (res === fail('EAGAIN')) this.features.add('want of rows');
    if (res >= 0 && res < Math.min(queued, toSubmit)) this.features.add('stopped batch');
    const isPlain = step.wait < 0 && ring.spec.kind !== 'sqpoll';
    if (hadBacklog && isPlain && ring.region.words[cqTail] !== tail)
      this.problems.push('a plain submission moved the backlog (C6)');
    if (step.wait >= 0 && res >= 0 && taken >= toSubmit) this.#checkFlushed(ring);
  }

  #refused(ring: LifeRing, res: Res, taken: number): void {
    const name = errnoName(res);
    if (!REFUSALS.includes(name) || (taken > 0 && ring.spec.kind !== 'sqpoll'))
      this.problems.push(`enter said ${name}, and took ${taken}`);
  }

  /** C6: after GETEVENTS a backlog means that the CQ is full. */
  #checkFlushed({ kernelRing, completion, spec }: LifeRing): void {
    if (kernelRing.overflowed && completion.ready() < spec.cqEntries)
      this.problems.push('GETEVENTS left a backlog beside room (C6)');
  }

  #closeRing(ring: LifeRing | undefined): void {
    if (ring === undefined) return;
    if (ring.kernelRing.active > 0) this.features.add('ring closed with requests');
    if (ring.kernelRing.hostCalls > 0) this.features.add('ring closed with host calls');
    if (ring.kernelRing.finished > 0) this.features.add('ring closed with a backlog');
    this.world.closeRing(ring);
  }

  /** What must hold between any two steps. */
  #observe(): void {
    for (const { isClosed, kernelRing, region, spec } of this.world.rings) {
      if (isClosed) continue;
      const flags = region.words[CONTROL.sqFlags]!;
      const isUp = (flags & SQ_FLAG.CQ_OVERFLOW) !== 0;
      if (isUp !== kernelRing.finished > 0) this.problems.push('CQ_OVERFLOW lies (C5)');
      if (region.words[CONTROL.cqOverflow] !== 0) this.problems.push('something was dropped (C5)');
      if (kernelRing.active < 0) this.problems.push('more requests ended than there were');
      if (isUp) this.features.add('overflow');
      if ((flags & SQ_FLAG.NEED_WAKEUP) !== 0) this.features.add('sleeping poller');
      if ((flags & SQ_FLAG.TASKRUN) !== 0) this.features.add(`task work of ${spec.kind}`);
      if ((kernelRing.barrier?.held ?? 0) > 0) this.features.add('waiting barrier');
    }
  }

  /** Has everything end: in peace, then by what the program says. */
  #end(): void {
    const { world } = this;
    const { end } = this.#program;
    if (end === 'exit') {
      for (const ring of world.rings) if (!ring.isClosed) this.#closeRing(ring);
    }
    for (let round = 0; ; round++) {
      if (this.#settle(round)) break;
      if (round === ROUNDS_MAX) {
        this.problems.push('it does not come to its end');
        break;
      }
    }
    this.#observe();
  }

  /** One round; whether nothing is left. */
  #settle(round: number): boolean {
    const { world } = this;
    const live = world.rings.filter(({ isClosed }) => !isClosed);
    while (world.files.answerOne()) world.turn();
    for (const ring of live) {
      world.enter(ring, -1, -1, 0); // want of rows keeps it from waiting
      world.enter(ring, 0, 0, 0);
      world.reap(ring, Number.POSITIVE_INFINITY);
      if (round > ROUNDS_IN_PEACE) world.syncCancel(ring, ASYNC_CANCEL.ANY, 0);
    }
    if (live.every(isIdle)) return true;
    if (round === ROUNDS_IN_PEACE && this.#program.end === 'close')
      for (let i = 0; i < world.objects.all.length; i++) world.objects.close(world.process, i);
    if (round < ROUNDS_IN_PEACE) world.clock.advance(ROUND_NS);
    world.turn();
    return false;
  }
}

/** Whether nothing of a ring is left, nor on its way. */
function isIdle({ kernelRing, queued, completion, region }: LifeRing): boolean {
  const isTold = (region.words[CONTROL.sqFlags]! & SQ_FLAG.TASKRUN) !== 0;
  return kernelRing.inFlight === 0 && queued.length === 0 && completion.ready() === 0 && !isTold;
}

/** Runs a program. A throw out of the kernel is a problem of its own. */
export function simulate(program: Program): Outcome {
  try {
    return new Simulation(program).run();
  } catch (error) {
    return { problems: [`a throw: ${(error as Error).stack}`], features: new Set() };
  }
}
