/**
 * Goal: the machine runs what the table says, survives its bugs, and keeps its books.
 * Method: an inline kernel with operations made for the purpose, in virtual time.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { SQE } from '../../../src/abi/layout.ts';
import { createInlineRing } from '../../../src/client/inline-ring.ts';
import { InlineKernel } from '../../../src/executor/inline.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import { Process } from '../../../src/kernel/process.ts';
import { type OperationRow, op } from '../../../src/ops/define.ts';
import { operations, operationTable } from '../../../src/ops/table.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';

const OPCODE = 224;

function world(row: Partial<OperationRow<() => void>>) {
  const bugs: unknown[] = [];
  const made = op({
    code: OPCODE,
    name: 'MADE',
    does: 'What the test wants.',
    encode: () => {},
    run: () => 0,
    ...row,
  });
  const kernel = new InlineKernel({
    clock: new VirtualClock(),
    report: (error) => bugs.push(error),
    table: operationTable([...Object.values(operations), made]),
    rows: 64,
  });
  const process = new Process(1, ProcessMemory.reserve(1 << 14));
  const ring = createInlineRing(kernel, process, 8);
  const submit = (spoil: (sqe: number) => void = () => {}): number => {
    const sqe = ring.getSqe();
    ring.prepNop(sqe);
    ring.words[sqe + SQE.head] = OPCODE;
    spoil(sqe);
    ring.submit();
    const res = ring.cqeRes(ring.peekCqe());
    ring.cqeSeen();
    return res;
  };
  return { bugs, kernel, ring, submit };
}

describe('an operation that throws', () => {
  const boom = (): never => {
    throw new Error('boom');
  };

  it('ends its request with EIO, is reported, and stops nothing else', () => {
    const { bugs, ring, submit } = world({ run: boom });
    expect(submit()).toBe(fail('EIO'));
    expect(bugs).toEqual([new Error('boom')]);
    ring.prepNop(ring.getSqe());
    expect(ring.submitAndWait(1)).toBe(1);
  });

  it('does so in its preparation too', () => {
    const { bugs, submit } = world({ prepare: boom });
    expect(submit()).toBe(fail('EIO'));
    expect(bugs).toHaveLength(1);
  });
});

describe('a row of the table', () => {
  it('names the fields that must be zero', () => {
    const { ring, submit } = world({ zero: ['addr', 'off'], run: () => 5 });
    const set = (field: number) => (sqe: number) => {
      ring.words[sqe + field] = 1;
    };
    expect(submit()).toBe(5);
    for (const field of [SQE.addrLow, SQE.addrHigh, SQE.offLow, SQE.offHigh])
      expect(submit(set(field))).toBe(fail('EINVAL'));
  });

  it('names the flags it knows', () => {
    const { ring, submit } = world({ flags: 6 });
    const flags = (bits: number) => (sqe: number) => {
      ring.words[sqe + SQE.opFlags] = bits;
    };
    expect([submit(flags(6)), submit(flags(1)), submit(flags(-1))]).toEqual([0, -22, -22]);
  });

  it('cannot take an opcode that is taken', () => {
    const rows = Object.values(operations);
    expect(() => operationTable([...rows, rows[0]!])).toThrow(/opcode 0 is taken/);
  });
});

describe('the books of the machine', () => {
  it('balance after every request ended', () => {
    const { kernel, submit } = world({});
    for (let i = 0; i < 1000; i++) submit();
    const { ledger } = kernel.machine;
    expect([ledger.rowsBusy, ledger.rowsUsed]).toEqual([0, 0]);
  });
});
