/** One end as an automaton: after these answers to its accesses, this access is next. */
import type { Access } from './access.ts';
import type { Mark, Memory } from './memory.ts';

// A running function cannot be suspended. But an end is deterministic: what it does next depends
// only on what its earlier accesses answered. So the next access is found by running the end again
// from its start, answering what was recorded, and throwing at the first access that has no record.
// Each history is run once; the graph of histories below keeps what came out.
//
// Histories that left an end in the same state are one moment. The end says so itself, with a
// Mark: where it is in its program, all it keeps in its own variables, and which words its queues
// remember the newest answer of. That this is everything follows from the fields of the shipped
// classes (test/model/marks.test.ts lists them, and compares explorations with and without marks).

/** A thread of the model: its name and its whole program, which builds all it uses anew. */
export interface End {
  readonly name: string;
  readonly run: () => void;
  /** May be asleep for ever when all others are done. */
  readonly daemon?: boolean;
}

/** A point in the life of an end, identified by all answers it got so far. */
export interface Moment {
  readonly id: number;
  readonly before: Moment | undefined;
  readonly answer: number;
  readonly depth: number;
  readonly after: Map<number, Moment>;
  /** The access it is about to make; undefined when it ended. */
  access: Access | undefined;
  /** Why it ended, if not because it was done. */
  failure: Error | undefined;
}

/** Thrown to stop an end at its next access. Shared: making an Error costs more than the run. */
const SUSPENDED = new Error('suspended; shipped code has caught what it must not catch');

/** All histories of one end that were met. */
export class Script {
  readonly end: End;
  readonly #memory: Memory;
  readonly #moments: Moment[] = [];
  readonly #marked = new Map<string, Moment>();
  readonly #merge: boolean;

  constructor(end: End, memory: Memory, merge: boolean) {
    this.end = end;
    this.#memory = memory;
    this.#merge = merge;
    this.#add(undefined, 0);
  }

  moment(id: number): Moment {
    return this.#moments[id]!;
  }

  /** The moment that follows when the access of `moment` answers `answer`. */
  next(moment: Moment, answer: number): Moment {
    return moment.after.get(answer) ?? this.#add(moment, answer);
  }

  #add(before: Moment | undefined, answer: number): Moment {
    const moment: Moment = {
      id: this.#moments.length,
      before,
      answer,
      depth: before === undefined ? 0 : before.depth + 1,
      after: new Map(),
      access: undefined,
      failure: undefined,
    };
    const state = this.#run(moment);
    const known = this.#merge && state !== undefined ? this.#marked.get(state) : undefined;
    before?.after.set(answer, known ?? moment);
    if (known !== undefined) return known;
    if (state !== undefined) this.#marked.set(state, moment);
    this.#moments.push(moment);
    return moment;
  }

  /** Finds what is next; returns the end's state when it marked one just before that. */
  #run(moment: Moment): string | undefined {
    const answers = new Int32Array(moment.depth);
    for (let at = moment; at.before !== undefined; at = at.before)
      answers[at.depth - 1] = at.answer;
    const newest = new Map<number, number>();
    let made = 0;
    let mark: Mark | undefined;
    const port = (access: Access): number => {
      if (made > answers.length) throw new Error('an end went on after it was stopped');
      if (made === answers.length) {
        made++;
        moment.access = access;
        throw SUSPENDED;
      }
      mark = undefined;
      newest.set(access.address, answers[made]!);
      return answers[made++]!;
    };
    try {
      this.#memory.through(port, (reached) => (mark = reached), this.end.run);
      if (made !== answers.length) moment.failure = new Error('an end caught its suspension');
    } catch (thrown) {
      if (thrown === SUSPENDED) return mark && describeMark(mark, newest);
      moment.access = undefined;
      moment.failure = thrown instanceof Error ? thrown : new Error(String(thrown));
    }
    return undefined;
  }
}

const describeMark = ({ position, remembered }: Mark, newest: Map<number, number>): string =>
  [position, ...remembered.map((address) => newest.get(address) ?? 'never')].join(' ');
