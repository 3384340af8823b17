/**
 * Goal: what a successor reads of its predecessor's open files is what was open, each as it was.
 * Method: random openings, moves and closings against a Map, each followed by a second reader of
 *         the same memory; a small table for its limit.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FILE_ROW_BYTES, FILE_ROWS_HEAD_BYTES } from '../../../src/abi/private.ts';
import {
  createFileRows,
  type FileRow,
  FileRows,
  NO_FILE_ROW,
} from '../../../src/ring/file-rows.ts';

const ROWS = 8;

const file = (fd: number, position = 0): FileRow => ({
  processLow: -7,
  processHigh: 0x7fff_ffff,
  fd,
  mount: 2,
  hostFd: fd + 100,
  flags: 0x8000,
  isDirectory: fd % 2 === 0,
  position,
  dev: 65_027,
  ino: 2 ** 40 + fd,
});

/** What a successor finds. */
function found(buffer: SharedArrayBuffer | ArrayBuffer): Map<number, FileRow> {
  const rows = new Map<number, FileRow>();
  new FileRows(buffer).forEach((open, row) => {
    rows.set(row, open);
  });
  return rows;
}

const step = fc.oneof(
  fc.record({ open: fc.nat(1000), position: fc.maxSafeNat() }),
  fc.record({ move: fc.nat(ROWS), position: fc.maxSafeNat() }),
  fc.record({ close: fc.nat(ROWS) }),
);

describe('the rows of open files', () => {
  it('say to a successor what they said to the one who wrote them', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const buffer = createFileRows(ROWS);
        const rows = new FileRows(buffer);
        const model = new Map<number, FileRow>();
        const pick = (n: number): number | undefined => [...model.keys()][n];
        for (const todo of steps) {
          if ('open' in todo) {
            const row = rows.open(file(todo.open, todo.position));
            if (model.size === ROWS) expect(row).toBe(NO_FILE_ROW);
            else model.set(row, file(todo.open, todo.position));
          } else if ('move' in todo) {
            const row = pick(todo.move);
            if (row === undefined) continue;
            rows.move(row, todo.position);
            model.set(row, { ...model.get(row)!, position: todo.position });
          } else {
            const row = pick(todo.close);
            if (row === undefined) continue;
            rows.close(row);
            model.delete(row);
          }
          expect(found(buffer)).toEqual(model);
          expect(rows.size).toBe(model.size);
        }
      }),
    );
  });

  it('are used again by a successor once they were closed', () => {
    const buffer = createFileRows(2);
    const first = new FileRows(buffer);
    const row = first.open(file(3));
    first.open(file(4));
    first.close(row);
    const next = new FileRows(buffer);
    expect(next.open(file(5))).toBe(row);
    expect(next.open(file(6))).toBe(NO_FILE_ROW);
  });

  it('take one line of memory each', () => {
    expect(createFileRows(ROWS).byteLength).toBe(FILE_ROWS_HEAD_BYTES + ROWS * FILE_ROW_BYTES);
  });
});
