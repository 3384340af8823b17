/** Executes steps on states: the words, the sleepers, and where every end is in its script. */
import { type Access, isPlain, isTold, isWrite, KIND, wordAfter } from './access.ts';
import { WAIT_RESULT } from './atomics.ts';
import type { Memory } from './memory.ts';
import { type End, type Moment, Script } from './script.ts';

// Which accesses are steps. A step is everything an end does up to and including its next access
// to a contended word: a word that several ends access, one of them writing. All other accesses
// need no turn of their own:
//   - Atomic accesses to a word that only one end touches, or that nobody writes, commute with
//     every access of the others. Which words these are is not assumed but observed: a word is
//     taken to be quiet until a second end and a writer were seen; if some end's access was then
//     already passed over, the exploration starts again with that word contended (Restart).
//   - Plain accesses commute as long as no two ends race. A race shows: if any execution has two
//     conflicting accesses, one of them plain, that nothing orders, then take the first such pair,
//     and run only what happens before either of the two. That is an execution as well, every read
//     in it answers the same, and it ends with both accesses next. So it is enough to look, in
//     every state, whether the steps that two ends would take next contain a conflicting pair; and
//     up to the first race moving plain accesses to the end of their step changes no answer.
// `stepwise` switches the reduction off; a test checks that verdicts stay the same.

/** Cells added at a time, so that finding a new word rarely changes the size of a state. */
const CELL_BLOCK = 32;

/** Accesses of one step at most, so that a loop over quiet words cannot keep the others out. */
const STEP_ACCESSES_MAX = 500;

/** Thrown when what is known of the words has grown: what was explored so far is not complete. */
export class Restart extends Error {}

/** Somebody in the list of sleepers from the start, who only takes a wake-up away. */
export interface Ghost {
  readonly words: Int32Array;
  readonly index: number;
}

export interface MachineOptions {
  readonly ghosts?: readonly Ghost[];
  /** Every access is a step of its own. */
  readonly stepwise?: boolean;
  /** Histories with the same mark are one moment; true unless told otherwise. */
  readonly merge?: boolean;
}

/** Accesses of one step that others may not conflict with: cell * 4, + 2 plain, + 1 write. */
export type Footprint = number[];

export const conflict = (mine: Footprint, theirs: Footprint): number | undefined =>
  mine.find((a) =>
    theirs.some((b) => a >> 2 === b >> 2 && ((a | b) & 1) !== 0 && ((a | b) & 2) !== 0),
  );

/** States are Int32Arrays: moments of the ends, ranks of all sleepers, changes of the cells. */
export class Machine {
  readonly scripts: readonly Script[];
  readonly #memory: Memory;
  readonly #sleepers: number;
  readonly #ghostAddresses: readonly number[];
  readonly #stepwise: boolean;
  readonly #cells = new Map<number, number>();
  readonly #addresses: number[] = [];
  readonly #initial: number[] = [];
  readonly #readers: number[] = [];
  readonly #writers: number[] = [];
  readonly #passed: boolean[] = [];
  #capacity = CELL_BLOCK;

  constructor(
    memory: Memory,
    ends: readonly End[],
    { ghosts = [], stepwise = false, merge = true }: MachineOptions,
  ) {
    this.#memory = memory;
    this.scripts = ends.map((end) => new Script(end, memory, merge));
    this.#ghostAddresses = ghosts.map(({ words, index }) => memory.addressOf(words, index));
    this.#sleepers = ends.length + ghosts.length;
    this.#stepwise = stepwise;
  }

  /** Words of one state. */
  get stride(): number {
    return this.scripts.length + this.#sleepers + this.#capacity;
  }

  begin(): Int32Array {
    const state = new Int32Array(this.stride);
    this.#ghostAddresses.forEach((_, ghost) => {
      state[this.scripts.length * 2 + ghost] = 1;
    });
    return state;
  }

  momentOf(state: Int32Array, end: number): Moment {
    return this.scripts[end]!.moment(state[end]!);
  }

  isAsleep(state: Int32Array, end: number): boolean {
    return state[this.scripts.length + end] !== 0;
  }

  /** The word at `address` in `state`. */
  wordAt(state: Int32Array, address: number): number {
    const cell = this.#cells.get(address);
    const initial = this.#memory.initialAt(address);
    return cell === undefined ? initial : (initial + this.#change(state, cell)) | 0;
  }

  nameOfCell(cell: number): string {
    return this.#memory.nameAt(this.#addresses[cell]!);
  }

  /**
   * Takes the next step of `end`, changing `state`; false when it has none. Adds what it touched to
   * `footprint`, and calls `seen` for every access.
   */
  step(
    state: Int32Array,
    end: number,
    footprint: Footprint,
    seen?: (access: Access) => void,
  ): boolean {
    if (this.isAsleep(state, end)) return false;
    const script = this.scripts[end]!;
    let moved = false;
    for (let accesses = 0; accesses < STEP_ACCESSES_MAX; accesses++) {
      const moment = script.moment(state[end]!);
      const { access } = moment;
      if (access === undefined) return moved;
      const cell = this.#cellOf(access.address);
      const plain = isPlain(access.kind);
      const last = this.#stepwise || this.#isContended(cell, access, end);
      if (access.kind === KIND.CHANGE && this.#word(state, cell) === access.value) return moved;
      if (plain || last)
        footprint.push(cell * 4 + (plain ? 2 : 0) + (isWrite(access.kind) ? 1 : 0));
      seen?.(access);
      const answer = this.#perform(state, end, cell, access);
      moved = true;
      if (answer === undefined) return moved;
      state[end] = script.next(moment, answer).id;
      if (last) return moved;
    }
    return moved;
  }

  #perform(state: Int32Array, end: number, cell: number, access: Access): number | undefined {
    const held = this.#word(state, cell);
    if (access.kind === KIND.WAIT) {
      if (held !== access.value) return WAIT_RESULT.NOT_EQUAL;
      state[this.scripts.length + end] = this.#sleepersAt(state, access.address).length + 1;
      return undefined;
    }
    if (access.kind === KIND.NOTIFY) {
      this.#wake(state, access);
      return 0;
    }
    const next = wordAfter(access, held);
    if (next !== held) state[this.#cellStart() + cell] = (next - this.#initial[cell]!) | 0;
    return isTold(access.kind) ? held : 0;
  }

  /** Everybody asleep on the word, oldest first. */
  #sleepersAt(state: Int32Array, address: number): number[] {
    const ends = this.scripts.length;
    const found: number[] = [];
    for (let sleeper = 0; sleeper < this.#sleepers; sleeper++) {
      if (state[ends + sleeper] === 0) continue;
      const at =
        sleeper < ends
          ? this.momentOf(state, sleeper).access!.address
          : this.#ghostAddresses[sleeper - ends]!;
      if (at === address) found.push(sleeper);
    }
    return found.sort((a, b) => state[ends + a]! - state[ends + b]!);
  }

  #wake(state: Int32Array, { address, value }: Access): void {
    const ends = this.scripts.length;
    this.#sleepersAt(state, address).forEach((sleeper, rank) => {
      if (rank >= value) {
        state[ends + sleeper] = rank - value + 1;
        return;
      }
      state[ends + sleeper] = 0;
      if (sleeper >= ends) return;
      const moment = this.momentOf(state, sleeper);
      state[sleeper] = this.scripts[sleeper]!.next(moment, WAIT_RESULT.WOKEN).id;
    });
  }

  /** Notes who touches a word how; true when this access must be a step of its own. */
  #isContended(cell: number, { kind }: Access, end: number): boolean {
    if (isWrite(kind)) this.#writers[cell]! |= 1 << end;
    else this.#readers[cell]! |= 1 << end;
    if (isPlain(kind)) return false;
    const all = this.#readers[cell]! | this.#writers[cell]!;
    const contended = this.#writers[cell] !== 0 && (all & (all - 1)) !== 0;
    if (contended && this.#passed[cell]) {
      this.#passed[cell] = false;
      throw new Restart('a quiet word turned out to be contended');
    }
    if (!contended) this.#passed[cell] = true;
    return contended || kind === KIND.WAIT || kind === KIND.CHANGE;
  }

  #cellStart(): number {
    return this.scripts.length + this.#sleepers;
  }

  #change(state: Int32Array, cell: number): number {
    return state[this.#cellStart() + cell]!;
  }

  #word(state: Int32Array, cell: number): number {
    return (this.#initial[cell]! + this.#change(state, cell)) | 0;
  }

  #cellOf(address: number): number {
    const known = this.#cells.get(address);
    if (known !== undefined) return known;
    const cell = this.#addresses.push(address) - 1;
    this.#cells.set(address, cell);
    this.#initial.push(this.#memory.initialAt(address));
    this.#readers.push(0);
    this.#writers.push(0);
    this.#passed.push(false);
    if (cell < this.#capacity) return cell;
    this.#capacity += CELL_BLOCK;
    throw new Restart('more words than a state has room for');
  }
}
