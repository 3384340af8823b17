/** Visits every state that the ends can reach together, and judges each. */
import { describeAccess } from './access.ts';
import { withModelledAtomics } from './atomics.ts';
import { conflict, type Footprint, Machine, type MachineOptions, Restart } from './machine.ts';
import type { Memory } from './memory.ts';
import type { End } from './script.ts';
import { StateTable } from './state-table.ts';

/** Reads a word of a state in which all ends are done. */
export type ReadWord = (words: Int32Array, index: number) => number;

export interface Configuration extends MachineOptions {
  readonly memory: Memory;
  readonly ends: readonly End[];
  /** What one way of ending looks like; throws when it must not be. */
  readonly outcome?: (read: ReadWord) => string;
  /** More states than this are a failure: something does not end. */
  readonly statesMax?: number;
}

export interface Exploration {
  readonly states: number;
  readonly steps: number;
  /** States in which all ends are done. */
  readonly endings: number;
  /** The distinct results of `outcome`, sorted. */
  readonly outcomes: readonly string[];
}

/** A law was broken; the message tells the steps that led there. */
export class Violation extends Error {
  readonly kind: 'deadlock' | 'race' | 'failure' | 'endless';

  constructor(kind: Violation['kind'], what: string, steps: readonly string[]) {
    super(`${kind}: ${what}\n${steps.join('\n')}`);
    this.kind = kind;
  }
}

const STATES_MAX = 1_000_000;

/** One pass over all states, valid unless a Restart ends it. */
class Search {
  readonly #configuration: Configuration;
  readonly #machine: Machine;
  readonly #table: StateTable;
  readonly #open: number[] = [];
  readonly #outcomes = new Set<string>();
  #steps = 0;
  #endings = 0;

  constructor(configuration: Configuration, machine: Machine) {
    this.#configuration = configuration;
    this.#machine = machine;
    this.#table = new StateTable(machine.stride);
  }

  run(): Exploration {
    const { statesMax = STATES_MAX } = this.#configuration;
    const state = this.#machine.begin();
    this.#enter(state, -1, -1);
    for (let id = this.#open.pop(); id !== undefined; id = this.#open.pop()) {
      this.#table.read(id, state);
      this.#expand(id, state);
      if (this.#table.size > statesMax) this.#fail('endless', `over ${statesMax} states`, id);
    }
    return {
      states: this.#table.size,
      steps: this.#steps,
      endings: this.#endings,
      outcomes: [...this.#outcomes].sort(),
    };
  }

  #enter(state: Int32Array, from: number, by: number): void {
    if (this.#table.add(state, from, by)) this.#open.push(this.#table.size - 1);
  }

  #expand(id: number, state: Int32Array): void {
    const machine = this.#machine;
    const footprints: Footprint[] = [];
    let moved = false;
    machine.scripts.forEach((script, end) => {
      const { failure } = machine.momentOf(state, end);
      if (failure !== undefined)
        this.#fail('failure', `${script.end.name}: ${failure.stack ?? failure.message}`, id);
      const next = state.slice();
      const footprint: Footprint = [];
      footprints.push(footprint);
      if (!machine.step(next, end, footprint)) return;
      moved = true;
      this.#steps++;
      this.#enter(next, id, end);
    });
    this.#judgeRaces(id, footprints);
    if (!moved) this.#judgeEnd(id, state);
  }

  #judgeRaces(id: number, footprints: readonly Footprint[]): void {
    footprints.forEach((mine, end) => {
      footprints.slice(0, end).forEach((theirs, other) => {
        const found = conflict(mine, theirs);
        if (found === undefined) return;
        const { scripts } = this.#machine;
        const names = `${scripts[end]!.end.name} and ${scripts[other]!.end.name}`;
        this.#fail('race', `${names} on ${this.#machine.nameOfCell(found >> 2)}`, id);
      });
    });
  }

  /** Nobody can move: either all are done, or somebody was forgotten. */
  #judgeEnd(id: number, state: Int32Array): void {
    const machine = this.#machine;
    const { memory, outcome } = this.#configuration;
    machine.scripts.forEach(({ end }, at) => {
      const { access } = machine.momentOf(state, at);
      if (access === undefined || end.daemon === true) return;
      this.#fail('deadlock', `${end.name} waits on ${memory.nameAt(access.address)}`, id);
    });
    this.#endings++;
    if (outcome === undefined) return;
    const read: ReadWord = (words, index) => machine.wordAt(state, memory.addressOf(words, index));
    try {
      this.#outcomes.add(outcome(read));
    } catch (thrown) {
      this.#fail('failure', `the ending: ${String(thrown)}`, id);
    }
  }

  #fail(kind: Violation['kind'], what: string, id: number): never {
    throw new Violation(kind, what, this.#traceTo(id));
  }

  #traceTo(id: number): string[] {
    const machine = this.#machine;
    const state = machine.begin();
    const lines: string[] = [];
    for (const end of this.#table.wayTo(id)) {
      const { name } = machine.scripts[end]!.end;
      machine.step(state, end, [], (access) => {
        const word = this.#configuration.memory.nameAt(access.address);
        lines.push(`  ${name}: ${describeAccess(access, word)}`);
      });
    }
    return lines;
  }
}

/** Explores to the end; throws a Violation at the first broken law. */
export function explore(configuration: Configuration): Exploration {
  const { memory, ends } = configuration;
  return withModelledAtomics(memory, () => {
    const machine = new Machine(memory, ends, configuration);
    for (;;) {
      try {
        return new Search(configuration, machine).run();
      } catch (thrown) {
        if (!(thrown instanceof Restart)) throw thrown;
      }
    }
  });
}
