/**
 * Goal: docs/opcodes.md says what the table of operations and PROBE say.
 * Method: it is made again and compared; what is noted beside the rows agrees with them.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAILURES, FLAG_NAMES, REFUSING, UNSUPPORTED } from '../../scripts/opcode-notes.ts';
import { OPCODES_DOCUMENT, opcodesDocument } from '../../scripts/opcodes.ts';
import { OP } from '../../src/abi/opcodes.ts';
import {
  PROBE_ENTRY,
  PROBE_ENTRY_BYTES,
  PROBE_HEAD_BYTES,
  PROBE_SUPPORTED,
} from '../../src/abi/records.ts';
import { createInlineRing } from '../../src/client/inline-ring.ts';
import { InlineKernel } from '../../src/executor/inline.ts';
import { VirtualClock } from '../../src/kernel/clock.ts';
import { Process } from '../../src/kernel/process.ts';
import { type DefinedOperation, isError } from '../../src/ops/define.ts';
import { rightsOf } from '../../src/ops/rights.ts';
import { operations } from '../../src/ops/table.ts';
import { ProcessMemory } from '../../src/ring/memory.ts';

const rows: readonly DefinedOperation[] = Object.values(operations);
const names = new Set(rows.map(({ name }) => name));
const text = opcodesDocument();

describe('docs/opcodes.md', () => {
  it('is what npm run docs writes', () => {
    expect(readFileSync(OPCODES_DOCUMENT, 'utf8')).toBe(text);
  });

  it('tells of every opcode what PROBE tells', () => {
    const kernel = new InlineKernel({ clock: new VirtualClock(), report: () => {}, rows: 64 });
    const process = new Process(1, ProcessMemory.reserve(1 << 14));
    const ring = createInlineRing(kernel, process, 8);
    const probe = 8192;
    expect(ring.registerProbe(probe, 256)).toBe(0);
    for (const [name, number] of Object.entries(OP)) {
      const entry = probe + PROBE_HEAD_BYTES + number * PROBE_ENTRY_BYTES;
      const isSupported = process.memory.u16(entry + PROBE_ENTRY.flags) === PROBE_SUPPORTED;
      const [, standing = ''] =
        new RegExp(`^\\| ${number} \\| ${name} \\| [^|]*\\| (\\w+)`, 'm').exec(text) ?? [];
      expect([name, standing !== 'no' && standing !== '']).toEqual([name, isSupported]);
      expect([name, text.includes(`### ${number} ${name}\n`)]).toEqual([name, isSupported]);
    }
  });
});

describe('the notes beside the rows', () => {
  it('name the rights of every operation', () => {
    expect(rows.filter(({ name }) => rightsOf(name) === undefined)).toEqual([]);
  });

  it('tell what a failure is exactly where it is not just an error', () => {
    const special = rows.filter(({ isFailure }) => isFailure !== isError).map(({ name }) => name);
    const noted = [...FAILURES.keys()].filter((name) => names.has(name));
    expect(noted.sort()).toEqual(special.sort());
  });

  it('say why an operation is missing, and of no other one', () => {
    const missing = Object.keys(OP).filter((name) => !names.has(name));
    expect(Object.keys(UNSUPPORTED).sort()).toEqual(missing.sort());
    expect(Object.keys(REFUSING).filter((name) => !names.has(name))).toEqual([]);
  });

  it('are about operations that exist', () => {
    const noted = [...FLAG_NAMES.keys(), ...Object.keys(REFUSING), ...FAILURES.keys()];
    expect(noted.filter((name) => !(name in OP))).toEqual([]);
  });
});
