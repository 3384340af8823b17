/**
 * Goal: a pipe moves, refuses, shows and wakes as pipe(7) has it.
 * Method: the two ends in one thread, with waiters that note what they are told.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../../src/abi/errno.ts';
import { O } from '../../../../src/abi/files.ts';
import { PIPE_ATOMIC_BYTES, PIPE_BYTES } from '../../../../src/abi/limits.ts';
import { POLL } from '../../../../src/abi/poll.ts';
import { Pipe } from '../../../../src/kernel/ipc/pipe.ts';
import { holding, space, textOf } from './pieces.ts';
import { Told } from './told.ts';

const { IN, OUT, ERR, HUP } = POLL;
const EAGAIN = fail('EAGAIN');
const SHOWN = IN | OUT | ERR | HUP;

const write = (pipe: Pipe, content: string | number): number =>
  pipe.writer.write(holding(typeof content === 'string' ? content : new Uint8Array(content)));

function read(pipe: Pipe, count: number): string | number {
  const into = space(count);
  const res = pipe.reader.read(into);
  return res < 0 ? res : textOf(into, res);
}

/** What both ends show: the read end's bits, the write end's. */
const shown = ({ reader, writer }: Pipe): [number, number] => [
  reader.readiness() & SHOWN,
  writer.readiness() & SHOWN,
];

describe('a pipe', () => {
  it('gives what came first, at most what is asked for', () => {
    const pipe = new Pipe(0);
    expect([write(pipe, 'abc'), write(pipe, 'def')]).toEqual([3, 3]);
    expect([read(pipe, 4), read(pipe, 4), read(pipe, 4)]).toEqual(['abcd', 'ef', EAGAIN]);
  });

  it('gives what is left when the writers are gone, then its end', () => {
    const pipe = new Pipe(0);
    write(pipe, 'abc');
    pipe.writer.drop();
    expect([read(pipe, 2), read(pipe, 2), read(pipe, 2)]).toEqual(['ab', 'c', '']);
  });

  it('takes as much of a large write as there is room for, and nothing when there is none', () => {
    const pipe = new Pipe(0);
    expect(write(pipe, 100_000)).toBe(PIPE_BYTES);
    expect([write(pipe, 100_000), write(pipe, 1)]).toEqual([EAGAIN, EAGAIN]);
    read(pipe, 10);
    expect(write(pipe, 100_000)).toBe(10);
  });

  it('takes small writes as a whole or not at all', () => {
    const pipe = new Pipe(0);
    write(pipe, PIPE_BYTES);
    read(pipe, PIPE_ATOMIC_BYTES - 1);
    expect(write(pipe, PIPE_ATOMIC_BYTES)).toBe(EAGAIN);
    expect(pipe.room).toBe(PIPE_ATOMIC_BYTES - 1);
    expect(write(pipe, PIPE_ATOMIC_BYTES - 1)).toBe(PIPE_ATOMIC_BYTES - 1);
  });

  it('without readers is broken', () => {
    const pipe = new Pipe(0);
    pipe.reader.drop();
    expect(write(pipe, 'a')).toBe(fail('EPIPE'));
  });

  it('moves nothing when asked for nothing, whatever its state', () => {
    const pipe = new Pipe(0);
    expect(pipe.reader.read(space(0))).toBe(0);
    write(pipe, PIPE_BYTES);
    expect(write(pipe, 0)).toBe(0);
    pipe.reader.drop();
    expect(write(pipe, 0)).toBe(0);
  });

  it('has one end for each direction', () => {
    const pipe = new Pipe(O.NONBLOCK);
    expect(pipe.writer.read()).toBe(fail('EBADF'));
    expect(pipe.reader.write()).toBe(fail('EBADF'));
    expect([pipe.reader.flags, pipe.writer.flags]).toEqual([
      O.RDONLY | O.NONBLOCK,
      O.WRONLY | O.NONBLOCK,
    ]);
  });

  it('shows IN with bytes, OUT with room for an atomic write, HUP and ERR for a lost end', () => {
    const pipe = new Pipe(0);
    expect(shown(pipe)).toEqual([0, OUT]);
    write(pipe, PIPE_BYTES);
    expect(shown(pipe)).toEqual([IN, 0]);
    read(pipe, PIPE_ATOMIC_BYTES - 1);
    expect(shown(pipe)).toEqual([IN, 0]);
    read(pipe, 1);
    expect(shown(pipe)).toEqual([IN, OUT]);
    pipe.writer.drop();
    expect(pipe.reader.readiness() & SHOWN).toBe(IN | HUP);
    read(pipe, PIPE_BYTES);
    expect(pipe.reader.readiness() & SHOWN).toBe(HUP);
    const other = new Pipe(0);
    other.reader.drop();
    expect(other.writer.readiness() & SHOWN).toBe(OUT | ERR);
  });

  it('wakes readers at every write, writers only when it was full', () => {
    const pipe = new Pipe(0);
    const reader = new Told(pipe.reader, IN);
    const writer = new Told(pipe.writer, OUT);
    write(pipe, 'a');
    write(pipe, 'b');
    read(pipe, 1);
    expect([reader.look(), writer.look()]).toEqual([[IN, IN], []]);
    write(pipe, PIPE_BYTES);
    read(pipe, 1);
    expect([reader.look(), writer.look()]).toEqual([[IN], [OUT]]);
    expect([write(pipe, 2), reader.look()]).toEqual([EAGAIN, []]);
    read(pipe, 1);
    expect(writer.look()).toEqual([OUT]);
  });

  it('wakes whoever waits at the end that is left', () => {
    const pipe = new Pipe(0);
    const reader = new Told(pipe.reader, 0);
    pipe.writer.drop();
    expect(reader.look()).toEqual([HUP]);
    const other = new Pipe(0);
    const writer = new Told(other.writer, 0);
    other.reader.drop();
    expect(writer.look()).toEqual([ERR]);
  });

  it('loses an end with its last holder', () => {
    const pipe = new Pipe(0);
    pipe.writer.hold();
    pipe.writer.drop();
    expect(pipe.reader.readiness()).toBe(0);
    pipe.writer.drop();
    expect(pipe.reader.readiness()).toBe(HUP);
  });
});

describe('splicing', () => {
  it('moves or copies between pipes, and wakes both sides', () => {
    const [from, to] = [new Pipe(0), new Pipe(0)];
    const writer = new Told(from.writer, OUT);
    const reader = new Told(to.reader, IN);
    write(from, 'x'.repeat(PIPE_BYTES));
    from.copyTo(to, 3);
    expect([from.length, reader.look(), writer.look()]).toEqual([PIPE_BYTES, [IN], []]);
    from.moveTo(to, 4);
    expect([from.length, reader.look(), writer.look()]).toEqual([PIPE_BYTES - 4, [IN], [OUT]]);
    expect(read(to, 100)).toBe('x'.repeat(7));
  });

  it('claims room that nobody else can take, until the bytes came or did not', () => {
    const pipe = new Pipe(0);
    const writer = new Told(pipe.writer, OUT);
    pipe.claim(PIPE_BYTES - 10);
    expect([pipe.room, pipe.length]).toEqual([10, 0]);
    expect(write(pipe, 11)).toBe(EAGAIN);
    pipe.fulfil(PIPE_BYTES - 10, Buffer.from('abcdef'), 4);
    expect(writer.look()).toEqual([OUT]);
    expect([pipe.room, read(pipe, 10)]).toEqual([PIPE_BYTES - 4, 'abcd']);
    pipe.claim(5);
    pipe.fulfil(5, new Uint8Array(5), 0);
    expect([pipe.room, pipe.length]).toEqual([PIPE_BYTES, 0]);
  });

  it('takes bytes out and puts those back, in their place, that did not go elsewhere', () => {
    const pipe = new Pipe(0);
    write(pipe, 'abcdef');
    const buffer = new Uint8Array(10);
    pipe.takeOut(buffer, 4);
    expect([pipe.length, pipe.room]).toEqual([2, PIPE_BYTES - 6]);
    const reader = new Told(pipe.reader, IN);
    pipe.settle(buffer, 4, 1);
    expect([reader.look(), pipe.room, read(pipe, 10)]).toEqual([[IN], PIPE_BYTES - 5, 'bcdef']);
  });

  it('wakes writers when all that was taken out of a full pipe went elsewhere', () => {
    const pipe = new Pipe(0);
    write(pipe, PIPE_BYTES);
    const writer = new Told(pipe.writer, OUT);
    const buffer = new Uint8Array(PIPE_BYTES);
    pipe.takeOut(buffer, PIPE_BYTES);
    expect([pipe.room, writer.look()]).toEqual([0, []]);
    pipe.settle(buffer, PIPE_BYTES, PIPE_BYTES);
    expect([pipe.room, writer.look()]).toEqual([PIPE_BYTES, [OUT]]);
  });
});
