/** Regions and doorbells in modelled memory, with the names of their words. */

import { SETUP } from '../../../src/abi/flags.ts';
import { CONTROL, geometry } from '../../../src/abi/layout.ts';
import { BOARD, BOARD_STRIDE_WORDS, DOORBELL, DOORBELL_BYTES } from '../../../src/abi/private.ts';
import { createRegion, type Region } from '../../../src/ring/region.ts';
import type { Floor, Line, MarkEnd } from './ends.ts';
import { Memory, namesOf } from './memory.ts';

export interface RingShape {
  readonly sqEntries: number;
  readonly cqEntries: number;
  readonly firstIndex: number;
}

/** Where the wrap of a 32-bit index lies on the way of a few entries, in either sense. */
export const FIRST_INDICES = [0, 0x7fff_fffe, -2];

/** The memory of one configuration, and its makers. */
export class World {
  readonly memory = new Memory();
  readonly mark: MarkEnd = (position, regions, remembered) =>
    this.memory.mark(
      position,
      regions.map(({ words }) => words),
      remembered,
    );

  /** A fresh ring without index array. */
  ring(name: string, { sqEntries, cqEntries, firstIndex }: RingShape): Region {
    const facts = { sqEntries, cqEntries, flags: SETUP.NO_SQARRAY };
    const shape = geometry(facts);
    const { buffer } = createRegion(facts, { firstIndex });
    const control = namesOf(CONTROL);
    const words = this.memory.area(new Int32Array(buffer), (index) => {
      if (index < shape.sqesStart) return `${name}.${control(index)}`;
      if (index < shape.cqesStart) return `${name}.sqes[${index - shape.sqesStart}]`;
      return `${name}.cqes[${index - shape.cqesStart}]`;
    });
    return { words, geometry: shape };
  }

  doorbell(): Int32Array {
    const names = namesOf(DOORBELL);
    const empty = new Int32Array(DOORBELL_BYTES / 4);
    return this.memory.area(empty, (index) => `doorbell.${names(index)}`);
  }

  board(): Int32Array {
    const names = namesOf(BOARD);
    const empty = new Int32Array(BOARD_STRIDE_WORDS);
    return this.memory.area(empty, (index) => `board.${names(index)}`);
  }

  /** Rings of one shape at `slots`, all served by one executor. */
  floor(shape: RingShape, slots: readonly number[] = [33]): { lines: Line[]; floor: Floor } {
    const doorbell = this.doorbell();
    const { mark } = this;
    const { firstIndex } = shape;
    const regions = slots.map((slot) => this.ring(`ring${slot}`, shape));
    const rings = new Map(slots.map((slot, at) => [slot, { region: regions[at]!, firstIndex }]));
    const lines = slots.map((slot, at) => ({ region: regions[at]!, doorbell, slot, mark }));
    return { lines, floor: { doorbell, board: this.board(), rings, mark } };
  }
}

/** User data of `count` entries, each different. */
export const valuesOf = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
