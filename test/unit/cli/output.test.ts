/**
 * Goal: output goes out in few writes and unchanged, waits for a slow reader, and its end is told
 *       once.
 * Method: a stream of the test's own, which takes, holds back and breaks as the test says.
 */
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Output } from '../../../src/cli/output.ts';

function stage(options: { readonly highWaterMark?: number } = {}) {
  const writes: Buffer[] = [];
  const errors: string[] = [];
  const held: ((error?: Error) => void)[] = [];
  let holds = false;
  const stream = new Writable({
    ...options,
    write(chunk: Buffer, _encoding, done) {
      if (chunk.length > 0) writes.push(chunk);
      if (holds) held.push(done);
      else done();
    },
  });
  const output = new Output({
    stream,
    beforeWrite: () => {},
    onError: (error) => errors.push(error.message),
  });
  return {
    output,
    writes,
    errors,
    hold: () => {
      holds = true;
    },
    release: (error?: Error) => {
      holds = false;
      for (const done of held.splice(0)) done(error);
    },
  };
}

describe('output', () => {
  it('joins the lines of a turn and keeps their bytes', async () => {
    const { output, writes } = stage();
    output.write('a\n');
    output.write('\xff\n');
    expect(writes).toEqual([]);
    await output.flush();
    expect(writes).toEqual([Buffer.from([0x61, 0x0a, 0xff, 0x0a])]);
  });

  it('goes out at the end of the turn without being asked', async () => {
    const { output, writes } = stage();
    output.write('a\n');
    await new Promise((resolve) => setImmediate(resolve));
    expect(Buffer.concat(writes).toString()).toBe('a\n');
  });

  it('asks to wait while the reader is slow', async () => {
    const { output, hold, release } = stage({ highWaterMark: 1 });
    hold();
    expect(output.write('x'.repeat(70_000))).toBeInstanceOf(Promise);
    const waiting = output.write('y\n');
    release();
    await waiting;
    expect(output.write('z\n')).toBeUndefined();
  });

  it('tells of its end once, lets waiters go, and takes no more', async () => {
    const { output, writes, errors, hold, release } = stage({ highWaterMark: 1 });
    hold();
    const waiting = output.write('x'.repeat(70_000));
    release(new Error('gone'));
    await waiting;
    output.write('y\n');
    await output.flush();
    expect(errors).toEqual(['gone']);
    expect(writes).toHaveLength(1);
  });
});
