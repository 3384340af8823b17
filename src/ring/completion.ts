/** The completion queue: the executor's end and the reaper's end of one SPSC ring of CQEs. */
import { CQ_FLAG, SQ_FLAG } from '../abi/flags.ts';
import { CONTROL, CQE, LINE_WORDS } from '../abi/layout.ts';
import type { Region } from './region.ts';
import { CORRUPT, FULL } from './submission.ts';

// How a completion changes hands: submission.ts with the roles exchanged
//   executor                                     reaper
//   E1  write the words of the slot at tail      R1  tail = load(cqTail)
//   E2  store(cqTail, tail)                      R2  read the words of the slots from head on
//   E3  load(cqWaiting); if set, compare the     R3  store(cqHead, head)
//       tail with cqWanted                       R4  load(sqFlags): CQ_OVERFLOW? ring the doorbell
//   E4  store(cqWake, + 1), notify(cqWake)
//       if reached or forced
//   E5  head = load(cqHead) when it looks full
//
// Publish and reclaim are argued in submission.ts: E2 and R1 carry the entry, R3 and E5 the slot.
// Sleep.    The reaper that wants the tail to reach `wanted`
//             W1  store(cqWanted, wanted), store(cqWaiting, 1)      W2  seen = load(cqWake)
//             W3  load(cqTail), load(cqTimeouts), load(ringState): over already?
//             W4  wait(cqWake, seen)                                W5  store(cqWaiting, 0)
//           Either E2 precedes W3, and the reaper sees the tail; or W3 precedes E2, then W1
//           precedes E3, so E4 follows W2, and W4 finds another value or is woken. A tail short of
//           `wanted` leaves cqWake alone: a reaper waiting for 32 is woken once. `wanted` is never
//           further than a full ring, so the difference in E3 is small and its sign is right. If E3
//           pairs the flag of one wait with the `wanted` of the next, W5 and the next W1 lie
//           between its loads, so the next W3 follows E2: that wait needs no wake-up for this tail.
// Forced.   The expiry of a plain TIMEOUT wakes a reaper whatever it wants (SEMANTICS B6), even one
//           that posts no CQE: the executor stores cqTimeouts right after the tail, in E2, so that
//           who sees the expiry sees its CQE, and E4 follows if E3 finds anybody waiting. The end
//           of a ring does the same (E6 and E7 of ending.ts). That is why sleepers wait on cqWake,
//           which changes with every wake-up, and not on cqTail.
// Space.    A full CQ drops nothing: finished requests wait in the ledger. The executor
//             O1  store(sqFlags, with CQ_OVERFLOW)                  O2  load(cqHead) again (E5)
//           and the reaper R3, R4: either O2 sees the room that R3 made, or R4 sees the flag that
//           O1 raised and the doorbell brings the executor back.
// Notices.  The reaper N1 store(cqFlags) to mute the eventfd of the ring; the executor N2
//           load(cqFlags) before it signals: a wish, that nothing else depends on.
// Lines.    As in submission.ts: E1 and R2 begin by touching the lines of the entries to come.
// Trust.    The executor keeps its own tail; a head ahead of it, or more than `entries` behind, is
//           CORRUPT.

// An imported object is loaded and checked at every use; a module's own constants are compiled into
// the code (bench/stack.bench.ts).
const {
  cqTail: CQ_TAIL,
  cqHead: CQ_HEAD,
  cqTimeouts: CQ_TIMEOUTS,
  cqWaiting: CQ_WAITING,
  cqWanted: CQ_WANTED,
  cqWake: CQ_WAKE,
  cqFlags: CQ_FLAGS,
  sqFlags: SQ_FLAGS,
  ringState: RING_STATE_AT,
} = CONTROL;
const { userDataLow: LOW, userDataHigh: HIGH, res: RES, flags: FLAGS } = CQE;

/**
 * The executor's end. One thread; the only writer of cqTail, cqTimeouts, cqWake, sqFlags and
 * ringState.
 */
export class CompletionSink {
  readonly #words: Int32Array;
  readonly #entries: number = 0;
  readonly #mask: number = 0;
  readonly #start: number = 0;
  readonly #shift: number = 0;
  /** Entries in a cache line. */
  readonly #perLine: number = 0;
  #tail = 0;
  #headSeen = 0;
  #timeouts = 0;
  #forced: boolean;
  #sqFlags = 0;

  /** `tail` and `timeouts` are the master copies from the ledger. */
  constructor({ words, geometry }: Region, tail: number, timeouts: number) {
    this.#words = words;
    this.#entries = geometry.cqEntries;
    this.#mask = geometry.cqEntries - 1;
    this.#start = geometry.cqesStart;
    this.#shift = geometry.cqeShift;
    this.#perLine = LINE_WORDS >> geometry.cqeShift;
    this.#tail = tail;
    this.#timeouts = timeouts;
    // A predecessor may have committed an expiry and died before it published it.
    this.#forced = Atomics.load(words, CQ_TIMEOUTS) !== timeouts; // E2
    this.#sqFlags = Atomics.load(words, SQ_FLAGS); // O1 of the predecessor
    this.#headSeen = Atomics.load(words, CQ_HEAD); // E5
  }

  /** Free-running index of the next CQE to be written. */
  get tail(): number {
    return this.#tail;
  }

  /** Expiries of plain TIMEOUTs so far. */
  get timeouts(): number {
    return this.#timeouts;
  }

  /** Whether a plain TIMEOUT expired since the last publish(): it is due, CQE or not. */
  get forced(): boolean {
    return this.#forced;
  }

  /** CQEs that were published and not reaped, as of the newest head; or CORRUPT. */
  ready(): number {
    this.#headSeen = Atomics.load(this.#words, CQ_HEAD); // E5, O2
    const used = (this.#tail - this.#headSeen) >>> 0;
    return used > this.#entries ? CORRUPT : used;
  }

  /** First word of the next free slot; FULL, also for a head that cannot be: ask ready() which. */
  reserve(): number {
    if ((this.#tail - this.#headSeen) >>> 0 >= this.#entries) {
      const used = this.ready();
      if (used === CORRUPT || used === this.#entries) return FULL;
    }
    const slot = this.#start + ((this.#tail & this.#mask) << this.#shift);
    this.#tail = (this.#tail + 1) | 0;
    return slot;
  }

  /** How many of `wanted` slots are free; 0 also for a head that cannot be. */
  room(wanted: number): number {
    let free = this.#entries - ((this.#tail - this.#headSeen) >>> 0);
    if (free < wanted) {
      const used = this.ready();
      free = used === CORRUPT ? 0 : this.#entries - used;
    }
    return Math.min(free, wanted);
  }

  /** E1 of the next `count` entries, or of as many as are free, begins. */
  claimLines(count: number): void {
    const words = this.#words;
    const end = this.room(count);
    for (let ahead = 0; ahead < end; ahead += this.#perLine) words[this.slotAt(ahead)] = 0; // E1
  }

  /** First word of the `ahead`-th slot after the tail; room() said that it is free. */
  slotAt(ahead: number): number {
    return this.#start + (((this.#tail + ahead) & this.#mask) << this.#shift);
  }

  /** Reserves the `count` slots that were written. */
  advance(count: number): void {
    this.#tail = (this.#tail + count) | 0;
  }

  /** Writes one CQE into a reserved slot. */
  write(slot: number, userDataLow: number, userDataHigh: number, res: number, flags: number): void {
    const words = this.#words;
    words[slot + LOW] = userDataLow; // E1
    words[slot + HIGH] = userDataHigh;
    words[slot + RES] = res;
    words[slot + FLAGS] = flags;
  }

  /** Notes the expiry of a plain TIMEOUT: the next publish() wakes any sleeper. */
  countTimeout(): void {
    this.#timeouts = (this.#timeouts + 1) | 0;
    this.#forced = true;
  }

  /** Shows every written CQE to the reaper, and wakes it if that is what it waits for. */
  publish(): void {
    const words = this.#words;
    const forced = this.#forced;
    Atomics.store(words, CQ_TAIL, this.#tail); // E2
    if (forced) {
      Atomics.store(words, CQ_TIMEOUTS, this.#timeouts); // E2, after the tail
      this.#forced = false;
    }
    if (Atomics.load(words, CQ_WAITING) === 0) return; // E3
    const short = (this.#tail - Atomics.load(words, CQ_WANTED)) | 0; // E3
    if (forced || short >= 0) this.wake();
  }

  /** Wakes the reaper: it has what it wants. */
  wake(): void {
    const next = (Atomics.load(this.#words, CQ_WAKE) + 1) | 0; // E4, ours while it lives
    Atomics.store(this.#words, CQ_WAKE, next); // E4
    Atomics.notify(this.#words, CQ_WAKE); // E4, all sleepers
  }

  /** Tells the process that its ring is served, or made but disabled. Its end: ending.ts. */
  setRingState(state: number): void {
    Atomics.store(this.#words, RING_STATE_AT, state); // E6
  }

  /** Whether an SQ flag is up. */
  hasSqFlag(flag: number): boolean {
    return (this.#sqFlags & flag) !== 0;
  }

  /** The reaper wants no eventfd notifications now (CQ_EVENTFD_DISABLED). */
  get isMute(): boolean {
    return (Atomics.load(this.#words, CQ_FLAGS) & CQ_FLAG.EVENTFD_DISABLED) !== 0; // N2
  }

  /** Raises or clears SQ flags. After raising CQ_OVERFLOW the caller asks ready() again (O2). */
  setSqFlag(flag: number, on: boolean): void {
    const next = on ? this.#sqFlags | flag : this.#sqFlags & ~flag;
    if (next === this.#sqFlags) return;
    this.#sqFlags = next;
    Atomics.store(this.#words, SQ_FLAGS, next); // O1
  }
}

/** The reaper's end. One thread; the only writer of cqHead, cqWaiting and cqWanted. */
export class CompletionQueue {
  readonly #words: Int32Array;
  readonly #entries: number = 0;
  readonly #mask: number = 0;
  readonly #start: number = 0;
  readonly #shift: number = 0;
  /** Entries in a cache line. */
  readonly #perLine: number = 0;
  #head = 0;
  #tailSeen = 0;
  /** What fetchLines() read: kept, or the compiler would leave the reads out. */
  #glance = 0;

  constructor({ words, geometry }: Region) {
    this.#words = words;
    this.#entries = geometry.cqEntries;
    this.#mask = geometry.cqEntries - 1;
    this.#start = geometry.cqesStart;
    this.#shift = geometry.cqeShift;
    this.#perLine = LINE_WORDS >> geometry.cqeShift;
    this.#head = Atomics.load(words, CQ_HEAD); // a successor of a reaper goes on from R3
    this.#tailSeen = this.#head;
  }

  /** Free-running index of the oldest CQE not released. */
  get head(): number {
    return this.#head;
  }

  get entries(): number {
    return this.#entries;
  }

  /** CQEs known to be there; looks at the shared tail only when it knows of none. */
  available(): number {
    const known = (this.#tailSeen - this.#head) | 0;
    return known !== 0 ? known : this.ready();
  }

  /** CQEs that are published and not released, as of now (io_uring_cq_ready). */
  ready(): number {
    this.#tailSeen = Atomics.load(this.#words, CQ_TAIL); // R1
    return (this.#tailSeen - this.#head) | 0;
  }

  /** First word of the `ahead`-th CQE after head. Read it before release() passes it. */
  slotAt(ahead: number): number {
    return this.#start + (((this.#head + ahead) & this.#mask) << this.#shift); // R2 follows
  }

  /** R2 of the oldest `count` CQEs, which are there, begins. */
  fetchLines(count: number): void {
    const words = this.#words;
    let glance = 0;
    for (let ahead = 0; ahead < count; ahead += this.#perLine) glance ^= words[this.slotAt(ahead)]!;
    this.#glance ^= glance;
  }

  /** Mutes or unmutes the eventfd that is registered for the ring. */
  muteEventfd(mute: boolean): void {
    Atomics.store(this.#words, CQ_FLAGS, mute ? CQ_FLAG.EVENTFD_DISABLED : 0); // N1
  }

  /** Whether it is not muted. */
  get isEventfdEnabled(): boolean {
    return Atomics.load(this.#words, CQ_FLAGS) === 0; // N1, our own
  }

  /** Gives `count` slots back; true when finished requests wait for them: ring the doorbell. */
  release(count: number): boolean {
    this.#head = (this.#head + count) | 0;
    Atomics.store(this.#words, CQ_HEAD, this.#head); // R3
    return (Atomics.load(this.#words, SQ_FLAGS) & SQ_FLAG.CQ_OVERFLOW) !== 0; // R4
  }
}
