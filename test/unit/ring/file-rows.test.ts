/**
 * Goal: what a successor reads of its predecessor's open files is what was open, each as it was,
 *       whichever store the predecessor died after.
 * Method: random lives of files against a Map, each step followed by a second reader of the same
 *         memory; a memory that is copied after each of its stores; a small table for its limit.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FILE_ROW_BYTES, FILE_ROWS_HEAD_BYTES } from '../../../src/abi/private.ts';
import {
  createFileRows,
  type FileRow,
  FileRows,
  NO_FILE_ROW,
  type NumberedFile,
} from '../../../src/ring/file-rows.ts';

const ROWS = 8;
const MOUNT = 2;

type Memory = SharedArrayBuffer | ArrayBuffer;
type Held = Pick<FileRow, 'mount' | 'hostFd' | 'dev' | 'ino'>;

/** What was noted of a file last; without `numbered` it has no number. */
interface Model extends Held {
  readonly numbered?: NumberedFile;
}

const held = (hostFd: number): Held => ({ mount: MOUNT, hostFd, dev: 0, ino: 0 });
const identity = (hostFd: number) => ({ dev: 65_027, ino: 2 ** 40 + hostFd });

const numbered = (fd: number, position = 0): NumberedFile => ({
  processLow: -7,
  processHigh: 0x7fff_ffff,
  fd,
  flags: 0x8000,
  isDirectory: fd % 2 === 0,
  position,
});

/** What a successor finds, without what means nothing. */
function found(buffer: Memory): Map<number, Model> {
  const rows = new Map<number, Model>();
  new FileRows(buffer).forEach(({ isNumbered, mount, hostFd, dev, ino, ...rest }, row) => {
    const known = ino === 0 ? held(hostFd) : { mount, hostFd, dev, ino };
    rows.set(row, isNumbered ? { ...known, numbered: rest } : known);
  });
  return rows;
}

/** Calls `stored` after each store to the views that are made from now on. */
function watchStores(stored: () => void): void {
  const watched = <T extends object>(View: new (buffer: Memory) => T) =>
    class {
      constructor(buffer: Memory) {
        // biome-ignore lint/correctness/noConstructorReturn: what watches takes the view's place
        return new Proxy(new View(buffer), {
          get: (view, key) => Reflect.get(view, key),
          set: (view, key, value) => {
            const done = Reflect.set(view, key, value);
            stored();
            return done;
          },
        });
      }
    };
  vi.stubGlobal('Int32Array', watched(Int32Array));
  vi.stubGlobal('Float64Array', watched(Float64Array));
}

/** What successors find of row 0, each after one more store of `life`; the same is listed once. */
function foundDuring(buffer: Memory, life: (rows: FileRows) => void): (Model | undefined)[] {
  const copies: Memory[] = [buffer.slice(0)];
  watchStores(() => copies.push(buffer.slice(0)));
  life(new FileRows(buffer));
  vi.unstubAllGlobals();
  const states = copies.map((copy) => found(copy).get(0));
  return states.filter((state, i) => i === 0 || !isDeepStrictEqual(state, states[i - 1]));
}

/** Rows, and what they should say. */
class World {
  readonly buffer = createFileRows(ROWS);
  readonly rows = new FileRows(this.buffer);
  readonly model = new Map<number, Model>();

  hold(hostFd: number): void {
    const row = this.rows.hold(MOUNT, hostFd);
    if (this.model.size === ROWS) expect(row).toBe(NO_FILE_ROW);
    else this.model.set(row, held(hostFd));
  }

  identify(row: number, file: Model): void {
    this.rows.identify(row, identity(file.hostFd));
    this.model.set(row, { ...file, ...identity(file.hostFd) });
  }

  open(row: number, file: Model, position: number): void {
    this.rows.open(row, numbered(row, position));
    this.model.set(row, { ...file, numbered: numbered(row, position) });
  }

  move(row: number, file: Model, position: number): void {
    this.rows.move(row, position);
    if (file.numbered !== undefined) this.open(row, file, position);
  }

  close(row: number, { mount, hostFd, dev, ino }: Model): void {
    this.rows.close(row);
    this.model.set(row, { mount, hostFd, dev, ino });
  }

  free(row: number): void {
    this.rows.free(row);
    this.model.delete(row);
  }
}

const step = fc.record({
  todo: fc.constantFrom('hold', 'hold', 'identify', 'open', 'move', 'close', 'free'),
  n: fc.nat(ROWS),
  number: fc.maxSafeNat(),
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the rows of open files', () => {
  it('say to a successor what they said to the one who wrote them', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = new World();
        for (const { todo, n, number } of steps) {
          const picked = [...world.model][n];
          if (todo === 'hold') world.hold(number % 1000);
          else if (picked !== undefined) world[todo](...picked, number);
          expect(found(world.buffer)).toEqual(world.model);
          expect(world.rows.size).toBe(world.model.size);
        }
      }),
    );
  });

  it('never say half of a file, whichever store was the last', () => {
    const buffer = createFileRows(1);
    const live = (hostFd: number, fd: number) => (rows: FileRows) => {
      const row = rows.hold(MOUNT, hostFd);
      rows.identify(row, identity(hostFd));
      rows.open(row, numbered(fd, 5));
      rows.move(row, 6);
      rows.close(row);
      rows.free(row);
    };
    const states = (hostFd: number, fd: number): (Model | undefined)[] => {
      const known = { ...held(hostFd), ...identity(hostFd) };
      const at = (position: number): Model => ({ ...known, numbered: numbered(fd, position) });
      return [undefined, held(hostFd), known, at(5), at(6), known, undefined];
    };
    expect(foundDuring(buffer, live(103, 3))).toEqual(states(103, 3));
    expect(foundDuring(buffer, live(104, 8))).toEqual(states(104, 8)); // over what 103 left
  });

  it('are used again by a successor once they were freed', () => {
    const buffer = createFileRows(2);
    const first = new FileRows(buffer);
    const row = first.hold(MOUNT, 103);
    first.identify(row, identity(103));
    first.open(first.hold(MOUNT, 104), numbered(4));
    first.free(row);
    const next = new FileRows(buffer);
    expect(next.hold(MOUNT, 105)).toBe(row);
    expect(next.hold(MOUNT, 106)).toBe(NO_FILE_ROW);
    expect(found(buffer).get(row)).toEqual(held(105)); // not the identity of 103
  });

  it('note nothing when there are none', () => {
    const buffer = createFileRows(0);
    const rows = new FileRows(buffer);
    const row = rows.hold(MOUNT, 103);
    expect(row).toBe(NO_FILE_ROW);
    rows.identify(row, identity(103));
    rows.move(row, 1);
    rows.free(row);
    expect(rows.hold(MOUNT, 104)).toBe(NO_FILE_ROW);
    expect(new Uint8Array(buffer).every((byte) => byte === 0)).toBe(true);
  });

  it('take one line of memory each', () => {
    expect(createFileRows(ROWS).byteLength).toBe(FILE_ROWS_HEAD_BYTES + ROWS * FILE_ROW_BYTES);
  });
});
