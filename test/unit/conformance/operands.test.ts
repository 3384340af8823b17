/**
 * Goal: operands, layouts and expected results mean what FORMAT.md says.
 * Method: a table of each, with resources bound by hand.
 */
import { describe, expect, it } from 'vitest';
import { ScenarioError } from '../../conformance/runner/names.ts';
import { Operands } from '../../conformance/runner/operands.ts';
import { parse } from '../../conformance/runner/scenario.ts';

const bound = (): Operands => {
  const operands = new Operands();
  operands.bind('b', 8192);
  operands.bind('p.r', 5);
  operands.bind('$x', 7);
  return operands;
};

describe('an operand', () => {
  it.each([
    [3, 3n],
    ['', 0n],
    ['3', 3n],
    ['-1', -1n],
    ['0x10', 16n],
    ['18446744073709551615', 0xffff_ffff_ffff_ffffn],
    ['IO_LINK|ASYNC', 20n],
    ['READ', 22n],
    ['-ECANCELED', -125n],
    ['$x', 7n],
    ['p.r', 5n],
    ['b+4', 8196n],
    ['b + 4', undefined],
    ['b+0x10|1', 8209n],
    ['BAD', 0x6000_0000_0000n],
    ['nothing', undefined],
    ['nothing+4', undefined],
    ['EINVAL', undefined],
    ['$y', undefined],
    ['READ|', undefined],
  ])('%j is %s', (operand, value) => {
    if (value === undefined) expect(() => bound().value(operand)).toThrow(ScenarioError);
    else expect(bound().value(operand)).toBe(value);
  });

  it('is cut to the width of its field', () => {
    expect(bound().int('0xffffffff')).toBe(-1);
    expect(bound().int('FILE_INDEX_ALLOC')).toBe(-1);
    expect(bound().count(-1)).toBe(0xffff_ffff);
  });

  it('keeps all digits of a number that a double cannot hold', () => {
    expect(parse('{"ud": 18446744073709551615, "n": 7, "f": 1.5}')).toEqual({
      ud: '18446744073709551615',
      n: 7,
      f: 1.5,
    });
  });
});

describe('a layout', () => {
  it('is laid out without padding, little-endian', () => {
    const layout = ['ab', 2, { u8: 255 }, { u16: [1, 2] }, { u32: 'b+1' }, { u64: -1 }];
    expect(Buffer.from(bound().bytes(layout)).toString('hex')).toBe(
      '6162' + '0000' + 'ff' + '01000200' + '01200000' + 'ffffffffffffffff',
    );
  });

  it('repeats texts, and encodes them as UTF-8', () => {
    expect(Buffer.from(bound().bytes([{ rep: ['é', 2] }])).toString('hex')).toBe('c3a9c3a9');
  });

  it('knows no other items', () => {
    expect(() => bound().bytes([{ u128: 1 } as never])).toThrow(ScenarioError);
  });
});

describe('an expected result', () => {
  it.each([
    ['EINVAL', -22, true],
    ['EINVAL', 22, false],
    ['-EINVAL', -22, true],
    [-22, -22, true],
    [0, -1, false],
    ['>=0', 0, true],
    ['>=0', -1, false],
    ['POLLIN|POLLHUP', 17, true],
    [0xffff_ffff, -1, true],
    ['$x', 7, true],
    ['$x', 8, false],
  ])('%j and %i: %s', (expected, actual, fits) => {
    expect(bound().matches(expected, actual)).toBe(fits);
  });

  it('binds a new name to what first appears, unless that is an error', () => {
    const operands = bound();
    expect(operands.matches('$fd', -9)).toBe(false);
    expect(operands.matches('$fd', 4)).toBe(true);
    expect(operands.matches('$fd', 5)).toBe(false);
    expect(operands.value('$fd')).toBe(4n);
  });
});
