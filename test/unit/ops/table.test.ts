/**
 * Goal: the rows of the table are complete and agree with each other and with Linux's numbers.
 * Method: rules over all rows.
 */
import { describe, expect, it } from 'vitest';
import { ERRNO } from '../../../src/abi/errno.ts';
import { EMBEDDER_OP_FIRST, OP, OWN_OP_FIRST } from '../../../src/abi/opcodes.ts';
import type { DefinedOperation } from '../../../src/ops/define.ts';
import { operations, operationTable } from '../../../src/ops/table.ts';

const rows: [string, DefinedOperation][] = Object.entries(operations);

/** READ_FILE as readFile. */
const camel = (name: string): string =>
  name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

describe.each(rows)('%s', (key, row) => {
  it('carries the name and the number of its opcode', () => {
    expect(OP[row.name as keyof typeof OP]).toBe(row.code);
    expect(camel(row.name)).toBe(key);
    const isOurs = row.code >= OWN_OP_FIRST && row.code < EMBEDDER_OP_FIRST;
    expect(isOurs || row.code < 64).toBe(true);
    expect(operationTable()[row.code]).toBe(row);
  });

  it('says what it does, and names errors that exist, each once', () => {
    expect(row.does).toMatch(/^\S.*[.]$/);
    expect(new Set(row.errors).size).toBe(row.errors.length);
    for (const name of row.errors) expect(ERRNO[name]).toBeGreaterThan(0);
  });
});

describe('the table', () => {
  it('refuses two rows for one opcode', () => {
    const all = Object.values(operations);
    expect(() => operationTable([...all, operations.read])).toThrow('opcode 22 is taken: READ');
  });

  it('lets a door submit again only what changes nothing but the memory it names', () => {
    const repeatable = rows.filter(([, row]) => row.repeatable).map(([key]) => key);
    expect(repeatable.sort()).toEqual(
      ['fadvise', 'fallocate', 'fsync', 'hash', 'hashFile', 'madvise', 'nop', 'pollAdd'].concat([
        'readFile',
        'statx',
        'syncFileRange',
      ]),
    );
  });
});
