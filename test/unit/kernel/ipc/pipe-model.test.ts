/**
 * Goal: pipes place, give, move, copy, show and wake what Linux's do, page by page.
 * Method: any sequence of calls on two pipes beside two of a naive reference (linux-pipe.ts), with
 *         lengths about those of pages. A file that answers late comes to what one does at once.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fail } from '../../../../src/abi/errno.ts';
import { POLL } from '../../../../src/abi/poll.ts';
import { Pipe } from '../../../../src/kernel/ipc/pipe.ts';
import { LinuxPipe } from './linux-pipe.ts';
import { holding, space, textOf } from './pieces.ts';
import { Told } from './told.ts';

const PAGE = 4096;
const EAGAIN = fail('EAGAIN');

/** Lengths and offsets that pages end at, or nearly, and any. */
const near = fc
  .tuple(fc.nat(5), fc.integer({ min: -2, max: 2 }))
  .map(([pages, more]) => Math.max(0, pages * PAGE + more));
const length = fc.oneof(near, fc.nat(100), fc.nat(3 * PAGE), fc.constant(70_000));
const KINDS = ['write', 'read', 'splice', 'tee', 'fill', 'drain', 'fillLate', 'drainLate'] as const;
const step = fc.record({
  kind: fc.constantFrom(...KINDS),
  length,
  from: fc.nat(1),
  offset: fc.nat(PAGE - 1),
  /** How much of what it may move a file does move, in parts of 4. */
  share: fc.nat(4),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Two pipes and their references. */
class Pair {
  readonly pipes = [new Pipe(0), new Pipe(0)] as const;
  readonly models = [new LinuxPipe(), new LinuxPipe()] as const;
  readonly writers = this.pipes.map(({ writer }) => new Told(writer, POLL.OUT));
  #next = 0;

  #fresh(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.#next++ % 251));
  }

  /** What both answer: the pipe's, the reference's. */
  take({ kind, length: count, from, offset, share }: Step): [unknown, unknown] {
    const [pipe, other] = [this.pipes[from]!, this.pipes[1 - from]!];
    const [model, second] = [this.models[from]!, this.models[1 - from]!];
    switch (kind) {
      case 'write': {
        const data = this.#fresh(count);
        const placed = pipe.write(holding(data));
        return [placed === EAGAIN ? -1 : placed, model.write(data)];
      }
      case 'read':
        return [read(pipe, count), text(model.read(count))];
      case 'splice':
        return [pipe.moveTo(other, count), model.spliceTo(second, count)];
      case 'tee':
        return [pipe.copyTo(other, count), model.teeTo(second, count)];
      case 'fill':
      case 'fillLate': {
        const most = pipe.isFull ? 0 : Math.min(count, pipe.roomFrom(offset));
        const came = Math.floor((most * share) / 4);
        const data = this.#fresh(count);
        fillFrom(pipe, data, { most, came, offset, isLate: kind === 'fillLate' });
        const fits = new LinuxPipe();
        fits.buffers.push(...model.buffers);
        const placed = fits.spliceIn(data, offset);
        return [
          [most, came],
          [placed, model.spliceIn(data.subarray(0, came), offset)],
        ];
      }
      default: {
        const most = Math.min(count, pipe.length);
        const used = Math.floor((most * share) / 4);
        const bytes = drainTo(pipe, { most, used, isLate: kind === 'drainLate' });
        return [text(bytes), text(model.read(used))];
      }
    }
  }

  /** Whether both hold as much in as many pages, and show it. */
  check(): void {
    for (const [i, pipe] of this.pipes.entries()) {
      const { length: bytes, buffers, isFull } = this.models[i]!;
      expect([pipe.length, pipe.freeSlots]).toEqual([bytes, 16 - buffers.length]);
      expect((pipe.writer.readiness() & POLL.OUT) === 0).toBe(isFull);
      expect((pipe.reader.readiness() & POLL.IN) === 0).toBe(bytes === 0);
    }
  }

  /** Whether what is left in both is the same. */
  end(): void {
    for (const [i, pipe] of this.pipes.entries())
      expect(read(pipe, 70_000)).toBe(text(this.models[i]!.read(70_000)));
  }
}

const text = (bytes: Buffer): string => bytes.toString('latin1');

function read(pipe: Pipe, count: number): string {
  const into = space(count);
  return textOf(into, Math.max(0, pipe.read(into)));
}

interface Fill {
  readonly most: number;
  readonly came: number;
  readonly offset: number;
  readonly isLate: boolean;
}

/** A file that was asked for `most` bytes gives `came`. */
function fillFrom(pipe: Pipe, data: Buffer, { most, came, offset, isLate }: Fill): void {
  if (isLate && most > 0) {
    pipe.claim({ count: most, offset });
    pipe.fulfil({ count: most, offset }, data, came);
  } else if (came > 0) pipe.append(data, { count: came, offset });
}

interface Drain {
  readonly most: number;
  readonly used: number;
  readonly isLate: boolean;
}

/** A file that was given `most` bytes takes `used`: those. */
function drainTo(pipe: Pipe, { most, used, isLate }: Drain): Buffer {
  const bytes = Buffer.alloc(most);
  pipe.peek(bytes, most);
  if (isLate) pipe.settle(pipe.takeOut(most), bytes, used);
  else pipe.remove(used);
  return bytes.subarray(0, used);
}

describe('two pipes', () => {
  it('are Linux pipes, whatever is done with them', () => {
    const steps = fc.array(step, { minLength: 20, maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(steps, (all) => {
        const pair = new Pair();
        for (const one of all) {
          const wereFull = pair.models.map(({ isFull }) => isFull);
          const [given, expected] = pair.take(one);
          expect(given).toEqual(expected);
          pair.check();
          const woken = pair.writers.map((writer) => writer.look().length > 0);
          const freed = pair.models.map(({ isFull }, i) => wereFull[i]! && !isFull);
          if (one.kind !== 'fillLate') expect(woken).toEqual(freed); // a claim made it full before
        }
        pair.end();
      }),
    );
  });
});
