/**
 * Goal: each command gets what was wished for; bad usage is one line on standard error and exit
 *       code 2, and runs nothing.
 * Method: argument lists, against commands and streams that keep what they are given.
 */
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../../src/cli/program.ts';

async function run(...args: string[]) {
  const seen: unknown[] = [];
  let out = '';
  let err = '';
  const code = await runProgram(
    args,
    {
      sum: async (wishes) => seen.push(wishes) + 6,
      doctor: async (wishes) => seen.push(wishes) + 7,
    },
    {
      out: { write: (bytes) => (out += bytes.toString('latin1')) },
      err: { write: (bytes) => (err += bytes.toString('latin1')) },
    },
  );
  return { code, seen, out, err };
}

describe('the program', () => {
  it('hands the wishes over and answers with the code of the command', async () => {
    const { code, seen } = await run(
      ...['sum', '--algorithm', 'md5', '--executors', '3', '--json', '--compare', 'a\xff', '--'],
      '-b',
    );
    expect(code).toBe(7);
    expect(seen).toEqual([
      { paths: ['a\xff', '-b'], algorithm: 'md5', executors: 3, json: true, compare: true },
    ]);
  });

  it('has defaults for all but the paths', async () => {
    const { seen } = await run('sum', 'a');
    expect(seen).toMatchObject([
      { paths: ['a'], algorithm: 'sha256', json: false, compare: false },
    ]);
    expect((await run('doctor')).seen).toEqual([{ json: false }]);
  });

  it.each([
    [[], 'a command is missing'],
    [['foo'], "unknown command 'foo'"],
    [['sum'], "missing required argument 'path'"],
    [['sum', '--nope', 'a'], "unknown option '--nope'"],
    [['sum', '--jsn', 'a'], 'Did you mean --json?'],
    [['sum', '--executors', '0', 'a'], 'must be 1 to'],
    [['sum', '--executors', '2.5', 'a'], 'must be 1 to'],
    [['sum', '--executors', '1e1', 'a'], 'must be 1 to'],
    [['sum', '--executors', '65', 'a'], 'must be 1 to'],
    [['sum', '--algorithm', 'nix', 'a'], 'no digest of node:crypto'],
    [['sum', '--algorithm'], 'argument missing'],
    [['sum', '-'], "'./-'"],
    [['doctor', 'x'], 'too many arguments'],
  ])('answers %j with one line', async (args, said) => {
    const { code, seen, out, err } = await run(...args);
    expect({ code, seen, out }).toEqual({ code: 2, seen: [], out: '' });
    expect(err).toMatch(/^uring: [^\n]+\n$/);
    expect(err).toContain(said);
  });

  it('prints its help and its version on standard output', async () => {
    const help = await run('--help');
    expect(help).toMatchObject({ code: 0, seen: [], err: '' });
    for (const command of ['sum', 'doctor']) expect(help.out).toContain(command);
    const sum = await run('sum', '--help');
    for (const option of ['--algorithm', '--executors', '--json', '--compare'])
      expect(sum.out).toContain(option);
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
  });
});
