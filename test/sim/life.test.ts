/**
 * Goal: whatever a program submits, to rings of any kind, with whatever host, each request ends
 *       once and in its order, chains and barriers are as SEMANTICS.md has them, and nothing of
 *       any of it is left in the kernel.
 * Method: random programs, each made from a seed, on the whole inline kernel in virtual time; the
 *         laws, among them a small model of chains and barriers, are in the folder life. A program
 *         that breaks one is printed with its seed, and once more as short as it gets; SIM_SEED or
 *         SIM_PROGRAM runs it again. What programs reach is counted, and each of it was to be
 *         reached. More of them: life.long.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { FEATURES } from './life/features.ts';
import { hunt } from './life/hunt.ts';
import type { Program } from './life/program.ts';
import { simulate } from './life/simulation.ts';

const PROGRAMS = 1200;
const { SIM_SEED, SIM_PROGRAM } = process.env;

describe('random programs', () => {
  it('break no law, and reach all that they should', () => {
    const count = SIM_SEED === undefined ? PROGRAMS : 1;
    const { reached, report } = hunt(Number(SIM_SEED ?? 1), count);
    expect(report).toBe('');
    const missed = FEATURES.filter((feature) => (reached.get(feature) ?? 0) === 0);
    expect(SIM_SEED === undefined ? missed : []).toEqual([]);
  });

  it('are run again as they were printed', () => {
    const text = SIM_PROGRAM ?? '{"rings":[],"steps":[],"end":"cancel"}';
    expect(simulate(JSON.parse(text) as Program).problems).toEqual([]);
  });
});
