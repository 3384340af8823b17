/** Random programs, each made by a seed. */
import { fail } from '../../../src/abi/errno.ts';
import { ASYNC_CANCEL, POLL_FLAG, SQE_FLAG, TIMEOUT_FLAG } from '../../../src/abi/flags.ts';
import { MSG, RECVSEND } from '../../../src/abi/net.ts';
import { OP } from '../../../src/abi/opcodes.ts';
import { POLL } from '../../../src/abi/poll.ts';
import type { Entry, Program, RingKind, RingSpec, Step } from './program.ts';

const { IO_LINK, IO_HARDLINK, IO_DRAIN, ASYNC, BUFFER_SELECT, FIXED_FILE } = SQE_FLAG;
const SILENT = SQE_FLAG.CQE_SKIP_SUCCESS;
const { ALL, ANY, FD, OP: BY_OP, USERDATA } = ASYNC_CANCEL;

/** Numbers from a seed: mulberry32. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** From 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
}

const READERS = [0, 2];
const WRITERS = [1, 3];
const SOCKETS = [4, 5];
const EVENTFD = 6;
const POLLED = [0, 1, 2, 3, 4, 5, 6, 8, 9];
const SPANS_NS = [0, 1000, 5000, 20_000, 1_000_000];
const LENGTHS = [1, 4, 8, 16, 24];
/** So much more than fits a pipe that writers wait. */
const FLOOD_BYTES = 66_000;

type Maker = (dice: Dice) => Entry;

const back = (dice: Dice): number => dice.below(6);
const span = (dice: Dice): number => dice.of(SPANS_NS);
const select = (dice: Dice, chance: number): number => (dice.chance(chance) ? BUFFER_SELECT : 0);
const fixed = (dice: Dice): number => (dice.chance(0.2) ? FIXED_FILE : 0);

const FILE_OPS = ['fileRead', 'fileWrite', 'fsync'] as const;
const POLL_UPDATES = [0, POLL_FLAG.UPDATE_EVENTS, POLL_FLAG.UPDATE_USER_DATA];
const CANCELS = [0, 0, 0, ALL, ANY, FD, FD | ALL, BY_OP, BY_OP | ALL, FD | USERDATA, FD | BY_OP];
const CANCELLED_OPS = [OP.READ, OP.POLL_ADD, OP.TIMEOUT, OP.RECV, OP.FUTEX_WAIT];

/** One for each operation; the number is how often it comes up. */
const MAKERS: readonly (readonly [weight: number, make: Maker])[] = [
  [6, (d) => ({ op: 'nop', size: d.of([0, 0, 0, 7, fail('EIO')]) })],
  [
    6,
    (d) => ({
      op: 'read',
      on: d.of([...READERS, ...READERS, EVENTFD, 4]),
      size: d.of(LENGTHS),
      bits: d.below(2),
      flags: select(d, 0.3) | fixed(d),
    }),
  ],
  [
    6,
    (d) => ({ op: 'write', on: d.of([...WRITERS, EVENTFD]), size: d.of(LENGTHS), flags: fixed(d) }),
  ],
  [2, (d) => ({ op: 'splice', on: d.of(WRITERS), bits: d.of(READERS), size: d.of(LENGTHS) })],
  [
    4,
    (d) => ({ op: 'send', on: d.of(SOCKETS), size: d.of(LENGTHS), bits: d.of([0, MSG.WAITALL]) }),
  ],
  [5, receive],
  [2, (d) => ({ op: 'readMany', on: d.of(READERS), bits: d.below(2) })],
  [0.4, (d) => ({ op: 'shutdown', on: d.of(SOCKETS) })],
  [0.4, (d) => ({ op: 'close', on: d.of([0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7]) })],
  [5, timeout],
  [0.4, (d) => ({ op: 'linkTimeout', ns: span(d) })],
  [
    2,
    (d) => ({
      op: 'removeTimeout',
      back: back(d),
      bits: d.chance(0.5) ? TIMEOUT_FLAG.UPDATE : 0,
      ns: span(d),
    }),
  ],
  [
    5,
    (d) => ({
      op: 'cancel',
      back: back(d),
      bits: d.of(CANCELS),
      on: d.of([...READERS, ...SOCKETS, 7]),
      size: d.of(CANCELLED_OPS),
    }),
  ],
  [5, poll],
  [
    2,
    (d) => ({
      op: 'removePoll',
      back: back(d),
      size: d.of(POLL_UPDATES),
      bits: d.of([POLL.IN, POLL.OUT]),
    }),
  ],
  [2, (d) => ({ op: 'futexWait', on: d.below(2), size: d.chance(0.8) ? 0 : 1 })],
  [1, (d) => ({ op: 'futexWaitv', size: d.chance(0.9) ? 0 : 1 })],
  [2, (d) => ({ op: 'futexWake', on: d.below(2), size: d.of([0, 1, 1, 9]) })],
  [3, (d) => ({ op: 'message', on: d.below(2), size: d.below(100) })],
  [3, (d) => ({ op: 'provide', on: d.below(2), size: 1 + d.below(3) })],
  [0.3, (d) => ({ op: 'unprovide', on: d.below(2), size: 1 + d.below(3) })],
  [2, (d) => ({ op: d.of(FILE_OPS), size: d.of(LENGTHS) })],
  [0.5, (d) => ({ op: d.of(['badNop', 'unknown']) })],
];
const WEIGHT = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

function receive(dice: Dice): Entry {
  const on = dice.of(SOCKETS);
  if (dice.chance(0.4)) {
    const ns = RECVSEND.MULTISHOT;
    return { op: 'recv', on, size: 0, ns, flags: BUFFER_SELECT };
  }
  const bits = dice.of([0, 0, MSG.WAITALL, MSG.DONTWAIT]);
  return { op: 'recv', on, size: dice.of(LENGTHS), bits, flags: select(dice, 0.3) };
}

function timeout(dice: Dice): Entry {
  const { ETIME_SUCCESS, MULTISHOT } = TIMEOUT_FLAG;
  const bits = dice.of([0, 0, 0, ETIME_SUCCESS, MULTISHOT]);
  return { op: 'timeout', ns: span(dice), size: dice.of([0, 0, 1, 2, 3]), bits };
}

function poll(dice: Dice): Entry {
  const size = dice.chance(0.4) ? POLL_FLAG.ADD_MULTI : 0;
  const bits = dice.of([POLL.IN, POLL.IN, POLL.OUT, POLL.IN | POLL.OUT, 0]);
  return { op: 'poll', on: dice.of(POLLED), bits, size, flags: fixed(dice) };
}

function entry(dice: Dice): Entry {
  let left = dice.next() * WEIGHT;
  const [, make] =
    MAKERS.find(([weight]) => {
      left -= weight;
      return left < 0;
    }) ?? MAKERS[0]!;
  const made = make(dice);
  const async = dice.chance(0.1) ? ASYNC : 0;
  return { ...made, flags: (made.flags ?? 0) | async };
}

const flagged = (one: Entry, flags: number): Entry => ({ ...one, flags: (one.flags ?? 0) | flags });

/** Entries that are tied to each other, some of them with a LINK_TIMEOUT behind. */
function chain(dice: Dice, isSilent: boolean): Entry[] {
  const members: Entry[] = [];
  const drained = dice.chance(0.12) ? dice.below(3) : -1;
  for (let left = 2 + dice.below(4); left > 0; left--) {
    const link = dice.chance(0.75) ? IO_LINK : IO_HARDLINK;
    const silent = isSilent && dice.chance(0.3) ? SILENT : 0;
    members.push(flagged(entry(dice), link | silent));
    if (dice.chance(0.3)) members.push(flagged({ op: 'linkTimeout', ns: span(dice) }, IO_LINK));
  }
  if (members[drained] !== undefined) members[drained] = flagged(members[drained], IO_DRAIN);
  const last = members.pop()!;
  const isOpen = dice.chance(0.1);
  return [...members, isOpen ? last : { ...last, flags: last.flags! & ~(IO_LINK | IO_HARDLINK) }];
}

/** What waits, and what is after it. */
const PURSUITS: readonly ((dice: Dice) => [Entry, Entry])[] = [
  (d) => [poll(d), { op: 'removePoll', size: d.of(POLL_UPDATES), bits: POLL.IN }],
  (d) => [timeout(d), { op: 'removeTimeout', bits: d.of([0, TIMEOUT_FLAG.UPDATE]), ns: span(d) }],
  (d) => [
    { op: d.of(FILE_OPS), size: 8, flags: ASYNC },
    { op: 'cancel', bits: d.of([0, ALL]) },
  ],
  (d) => [
    { op: d.of(FILE_OPS), size: 8, flags: ASYNC | IO_LINK },
    { op: 'linkTimeout', ns: span(d) },
  ],
  (d) => [
    { op: 'provide', on: d.below(2), size: 6 },
    { op: 'readMany', on: d.of(READERS), bits: d.below(2) },
  ],
  (d) => [{ op: 'provide', on: d.below(2), size: 6 }, receive(d)],
  (d) => [
    { op: 'read', on: d.of(READERS), size: 8 },
    { op: 'cancel', bits: d.of([0, ALL]) },
  ],
  (d) => [receive(d), { op: 'cancel', bits: d.of(CANCELS), on: d.of(SOCKETS), size: OP.RECV }],
];

function batch(dice: Dice, isSilent: boolean): Entry[] {
  if (dice.chance(0.35)) return chain(dice, isSilent);
  if (dice.chance(0.2)) return dice.of(PURSUITS)(dice);
  if (dice.chance(0.1)) {
    const { op, flags, ...rest } = entry(dice);
    return [
      { op, flags: flags!, ...rest },
      { op: 'nop', twin: true, back: 0 },
    ];
  }
  const entries: Entry[] = [];
  for (let left = 1 + dice.below(4); left > 0; left--) {
    const silent = isSilent && dice.chance(0.2) ? SILENT : 0;
    const drain = !isSilent && dice.chance(0.08) ? IO_DRAIN : 0;
    entries.push(flagged(entry(dice), silent | drain));
  }
  return entries;
}

function step(dice: Dice, rings: readonly RingSpec[], silent: readonly boolean[]): Step {
  const ring = dice.below(rings.length);
  const roll = dice.next();
  if (roll < 0.36) return { place: batch(dice, silent[ring]!), ring };
  if (roll < 0.6) return enter(dice, ring);
  if (roll < 0.68) return { reap: dice.of([1, 2, 4, 16]), ring };
  if (roll < 0.74) return { advance: span(dice) };
  if (roll < 0.81) return { pour: dice.of([...LENGTHS, FLOOD_BYTES]), pipe: dice.below(2) };
  if (roll < 0.85) return { drink: dice.of([...LENGTHS, FLOOD_BYTES]), pipe: dice.below(2) };
  if (roll < 0.86) return { setWord: dice.below(3), word: dice.below(2) };
  if (roll < 0.89) {
    const on = dice.below(8);
    return { syncCancel: dice.of(CANCELS), bits: 0, on, ring };
  }
  if (roll < 0.92) return { slow: dice.chance(0.6) };
  if (roll < 0.93) return { errors: 1 + dice.below(2) };
  if (roll < 0.975) return { answers: 1 + dice.below(3) };
  if (roll < 0.99) return { closeObject: dice.of([0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7]) };
  return { closeRing: ring };
}

function enter(dice: Dice, ring: number): Step {
  const submits = dice.chance(0.75) ? -1 : dice.below(4);
  const wait = dice.of([-1, -1, 0, 0, 1, 2]);
  return { enter: submits, ring, wait, ns: dice.of([0, 2000, 50_000]) };
}

const KINDS: readonly RingKind[] = ['default', 'submitAll', 'defer', 'coop', 'sqpoll'];

function ringSpec(dice: Dice): RingSpec {
  const sqEntries = dice.of([4, 8, 16]);
  return {
    kind: dice.of(KINDS),
    sqEntries,
    cqEntries: sqEntries * dice.of([1, 1, 2]),
    inFlightMax: dice.chance(0.1) ? 4 + dice.below(4) : 0,
    firstIndex: dice.of([0, 0x7fff_fffc, -4]),
    registers: dice.chance(0.4),
  };
}

/** The program of a seed. */
export function programOf(seed: number): Program {
  const dice = new Dice(seed);
  const rings = [ringSpec(dice), ringSpec(dice)];
  const silent = rings.map(() => dice.chance(0.3));
  const steps: Step[] = [];
  for (let left = 10 + dice.below(40); left > 0; left--) steps.push(step(dice, rings, silent));
  return { rings, steps, end: dice.of(['cancel', 'cancel', 'close', 'exit']) };
}
