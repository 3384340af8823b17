/** The loop of one executor: collect bells, serve rings, expire timers, spin, park. */
import { RING_STATE } from '../abi/layout.ts';
import {
  ENTRIES_PER_BELL,
  HOT_RINGS_MAX,
  LOOKS_PER_BELL,
  PARK_SLICE_MS,
  RINGS_PER_EXECUTOR_MAX,
  SERVES_PER_BELL,
  SWEEP_RINGS_MAX,
  TAKE_BESIDE,
  TAKE_MAX,
  TURN_BUDGET,
  TURNS_PER_HOST_SLICE,
  TURNS_PER_SLICE,
} from '../abi/limits.ts';
import { LEDGER_HEAD } from '../abi/private.ts';
import { type Rung, SUPERVISOR_SLOT } from '../ring/doorbell.ts';
import type { Parking } from '../ring/park.ts';
import { pause } from '../ring/pause.ts';
import { answerCall } from './calls/control.ts';
import type { KernelRing } from './kernel-ring.ts';
import type { Machine } from './machine.ts';

/** How an executor spends the time when nothing rings. */
export interface IdleLimits {
  /** Nanoseconds to look for work before sleeping; 0 never spins. */
  readonly spinMaxNs: number;
  /** Threads that can run at once; an executor spins only while it would take nobody's core. */
  readonly cores: number;
}

export interface ExecutorParts {
  readonly machine: Machine;
  readonly rung: Rung;
  readonly parking: Parking;
  readonly idle: IdleLimits;
  /** Slot 0 rang: the supervisor has orders. */
  readonly takeOrders: () => void;
}

// While an executor spins, it looks at the tails of the rings it served last (hot rings) and leaves
// their doorbell bits set: their submitters then find the bit set and store nothing but the tail.
// Draining early is harmless to the protocol of doorbell.ts, which says only that a set bit means
// an exchange is still to come; before it parks the executor makes that exchange.

/** One executor thread's work; made anew for each thread that adopts the same ledger. */
export class Executor {
  readonly machine: Machine;
  readonly #rung: Rung;
  readonly #parking: Parking;
  readonly #idle: IdleLimits;
  readonly #takeOrders: () => void;
  /** Slots that rang, of this turn. */
  readonly #slots = new Int32Array(RINGS_PER_EXECUTOR_MAX);
  /** Rings that used up their budget, or may have rows again; served in the next turn. */
  #more: KernelRing[] = [];
  #served: KernelRing[] = [];
  readonly #hot: KernelRing[] = [];
  /** How long it spins now: halved by each spin in vain, doubled by each that found work. */
  #spinNs: number;
  #sweepDueNs = 0;
  /** Where the sweep goes on. */
  #sweepNext: Iterator<KernelRing> | undefined;

  constructor({ machine, rung, parking, idle, takeOrders }: ExecutorParts) {
    this.machine = machine;
    this.#rung = rung;
    this.#parking = parking;
    this.#idle = idle;
    this.#takeOrders = takeOrders;
    this.#spinNs = idle.spinMaxNs;
  }

  /** Works until there is nothing to do or a slice is over; true: there is more. */
  runSlice(): boolean {
    const { continuations } = this.machine;
    for (let turns = 0; turns < TURNS_PER_SLICE; turns++) {
      if (!this.#turn()) return false;
      if (continuations.underWay > 0 && turns >= TURNS_PER_HOST_SLICE) break;
    }
    this.#sweepWhenDue();
    return true;
  }

  /**
   * Spins, then sleeps until something rings or is due; false: nothing did for a slice of time.
   * Blocks the thread, unless the host is to answer in its event loop.
   */
  park(): boolean {
    if (this.spin() || this.#hasWork || this.machine.continuations.underWay > 0) return true;
    const sleepMs = this.#sleepMs();
    if (sleepMs <= 0) return true;
    this.machine.ledger.count(LEDGER_HEAD.parks);
    const { clock } = this.machine;
    const spins = this.#idle.spinMaxNs > 0;
    const parkedNs = spins ? clock.now() : 0;
    const rang = this.#parking.park(sleepMs);
    // A bell so soon after the sleep began: spinning as long would have been cheaper.
    if (spins && rang && clock.now() - parkedNs < this.#idle.spinMaxNs) this.#spinLonger();
    return rang;
  }

  /** The same on a thread that must keep its event loop turning. */
  async parkAsync(): Promise<void> {
    this.#sweepWhenDue();
    const sleepMs = this.#sleepMs();
    if (this.#hasWork || sleepMs <= 0) return;
    this.machine.ledger.count(LEDGER_HEAD.parks);
    await this.#parking.parkAsync(sleepMs);
  }

  /** Serves whoever rang and whoever had to wait; true when there was anybody. */
  #turn(): boolean {
    const { machine } = this;
    const slots = this.#slots;
    const waiting = this.#more;
    this.#more = this.#served; // emptied below, when it was last iterated
    this.#served = waiting;
    const rang = this.#rung.collect(slots);
    for (let i = 0; i < rang; i++) this.#answer(slots[i]!);
    for (const ring of waiting) {
      ring.queued = false;
      this.#serve(ring);
    }
    const found = rang + waiting.length + machine.resume();
    waiting.length = 0;
    machine.expire();
    machine.post();
    if (machine.starving) for (const ring of machine.takeStarved()) this.#queue(ring);
    if (found > 0) machine.ledger.count(LEDGER_HEAD.turns);
    return found > 0 || this.#more.length > 0 || machine.hasReady;
  }

  #answer(slot: number): void {
    if (slot === SUPERVISOR_SLOT) {
      this.#takeOrders();
      return;
    }
    const ring = this.machine.rings.get(slot);
    if (ring === undefined) return; // not attached yet: attaching serves it
    ring.suspect = false;
    answerCall(this.machine, ring);
    this.#serve(ring);
  }

  /**
   * Takes, runs and posts what the ring has, within a turn's budget; how many entries. A submitter
   * that keeps up would use all of it, so what waits to go on is not kept waiting for that.
   */
  #serve(ring: KernelRing): number {
    const { machine } = this;
    let served = 0;
    let isOver = false;
    for (let took = 1; took > 0 && !isOver; served += took) {
      const othersWait = machine.continuations.hasReady;
      took = machine.step(ring, othersWait ? TAKE_BESIDE : TAKE_MAX);
      machine.post();
      isOver = othersWait || served + took >= TURN_BUDGET;
    }
    if (isOver && served > 0) this.#queue(ring);
    if (served > 0) this.#warm(ring);
    if (ring.overflowed) machine.flush(ring);
    return served;
  }

  /** Serves a ring that was just attached, whether or not its bell was heard. */
  begin(ring: KernelRing): void {
    this.#rung.take(ring.slot); // perhaps half rung, or half collected by a predecessor
    answerCall(this.machine, ring);
    this.#serve(ring);
  }

  /** A turn would find something, bell or no bell. */
  get #hasWork(): boolean {
    return this.#more.length > 0 || this.machine.hasReady;
  }

  /** Has the ring served in the next turn, once. */
  #queue(ring: KernelRing): void {
    if (ring.queued || !ring.alive) return;
    ring.queued = true;
    this.#more.push(ring);
  }

  /** Forgets a ring that ended. */
  forget(ring: KernelRing): void {
    const at = this.#hot.indexOf(ring);
    if (at >= 0) this.#hot.splice(at, 1);
  }

  #warm(ring: KernelRing): void {
    const hot = this.#hot;
    if (hot[0] === ring) return;
    const at = hot.indexOf(ring);
    if (at > 0) hot.splice(at, 1);
    else if (hot.length === HOT_RINGS_MAX) hot.pop();
    hot.unshift(ring);
  }

  /** Looks for work without sleeping; true when a turn is due. */
  spin(): boolean {
    this.#sweepWhenDue(); // now, not between a bell and the answer to it
    if (this.#spinNs === 0 || this.#parking.awake() + 1 > this.#idle.cores) return this.#rung.any();
    const { clock } = this.machine;
    let idleSinceNs = clock.now();
    let entries = 0;
    for (let serves = 0; serves < SERVES_PER_BELL && entries < ENTRIES_PER_BELL; ) {
      const served = this.#lookAtHot();
      if (served > 0) {
        serves++;
        entries += served;
        idleSinceNs = 0;
        if (this.machine.hasReady) break;
        continue;
      }
      if (this.#rung.any() || this.machine.hasReady) break;
      const nowNs = clock.now();
      if (nowNs >= this.machine.nextDeadline) break;
      if (idleSinceNs === 0) idleSinceNs = nowNs;
      if (nowNs - idleSinceNs < this.#spinNs) continue;
      if (serves === 0) this.#spinNs = Math.max(this.#spinNs / 2, this.#idle.spinMaxNs / 16);
      return false;
    }
    this.#spinLonger();
    return true;
  }

  #spinLonger(): void {
    this.#spinNs = Math.min(2 * this.#spinNs, this.#idle.spinMaxNs);
  }

  /** Serves the first hot ring that has work; how many entries, 0 after looking a while in vain. */
  #lookAtHot(): number {
    const hot = this.#hot;
    const looks = hot.length === 0 ? 1 : LOOKS_PER_BELL;
    for (let look = 0; look < looks; look++) {
      for (let i = 0; i < hot.length; i++) {
        const ring = hot[i]!;
        if (ring.source.available() !== 0 && ring.alive) return this.#serve(ring);
      }
    }
    pause(); // a call into the engine: as long as many looks
    return 0;
  }

  /** Milliseconds until the next deadline, a slice at most. */
  #sleepMs(): number {
    const dueNs = this.machine.nextDeadline;
    if (dueNs === Number.POSITIVE_INFINITY) return PARK_SLICE_MS;
    return Math.min(PARK_SLICE_MS, Math.max(0, (dueNs - this.machine.clock.now()) / 1e6));
  }

  #sweepWhenDue(): void {
    const nowNs = this.machine.clock.now();
    if (nowNs < this.#sweepDueNs) return;
    this.#sweepDueNs = nowNs + PARK_SLICE_MS * 1e6;
    this.#takeOrders(); // the supervisor's bell can be erased like any other
    for (let i = 0; i < SWEEP_RINGS_MAX; i++) {
      this.#sweepNext ??= this.machine.rings.values();
      const { done, value: ring } = this.#sweepNext.next();
      if (done) this.#sweepNext = undefined;
      else this.#lookAt(ring);
      if (done) break;
    }
  }

  /**
   * Looks at one ring, rung for or not. It bounds what somebody who clears the doorbell bits of
   * others can cost them, and would hide every mistake of ours, so what it finds is counted: a ring
   * with work and without a bell is suspect, and a rescue if the bell does not ring until the next
   * look, since an honest submitter may just be between its tail and its bell. Taking the bit also
   * mends a bell of which only the lowest level was rung.
   */
  #lookAt(ring: KernelRing): void {
    const { machine } = this;
    if (ring.suspect) machine.ledger.count(LEDGER_HEAD.rescues);
    const rang = this.#rung.take(ring.slot);
    const waits = ring.queued || ring.starved || ring.state !== RING_STATE.LIVE;
    ring.suspect = !rang && !waits && ring.source.available() > 0;
    answerCall(machine, ring);
    this.#serve(ring);
  }
}
