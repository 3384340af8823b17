/**
 * Goal: bytes that are spliced, teed or on their way have the pages that Linux gives them, and a
 *       place whatever else happens to their pipes.
 * Method: pipes in one thread, with waiters that note what they are told. Any sequence of calls:
 *         pipe-model.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../../src/abi/errno.ts';
import { PAGE_BYTES, PIPE_BYTES, PIPE_SLOTS } from '../../../../src/abi/limits.ts';
import { POLL } from '../../../../src/abi/poll.ts';
import { Pipe } from '../../../../src/kernel/ipc/pipe.ts';
import { read, shown, write } from './pipe-ends.ts';
import { Told } from './told.ts';

const { IN, OUT } = POLL;
const EAGAIN = fail('EAGAIN');

describe('splicing', () => {
  it('moves or copies between pipes, and wakes both sides', () => {
    const [from, to] = [new Pipe(0), new Pipe(0)];
    const writer = new Told(from.writer, OUT);
    const reader = new Told(to.reader, IN);
    write(from, 'x'.repeat(PIPE_BYTES));
    expect(from.copyTo(to, 3)).toBe(3);
    expect([from.length, reader.look(), writer.look()]).toEqual([PIPE_BYTES, [IN], []]);
    expect(from.moveTo(to, 4)).toBe(4);
    expect([from.length, reader.look(), writer.look()]).toEqual([PIPE_BYTES - 4, [IN], []]);
    expect(from.moveTo(to, PAGE_BYTES - 4)).toBe(PAGE_BYTES - 4);
    expect([from.freeSlots, reader.look(), writer.look()]).toEqual([1, [IN], [OUT]]);
    expect(read(to, 2 * PAGE_BYTES)).toBe('x'.repeat(PAGE_BYTES + 3));
  });

  it('gives each page, and each part of one, a slot of its own', () => {
    const [from, to] = [new Pipe(0), new Pipe(0)];
    write(from, 'abcdef');
    for (let count = 0; count < 4; count++) from.moveTo(to, 1);
    expect([from.freeSlots, to.freeSlots]).toEqual([PIPE_SLOTS - 1, PIPE_SLOTS - 4]);
    for (let count = 0; count < 4; count++) from.copyTo(to, 9);
    expect([to.freeSlots, to.length]).toEqual([PIPE_SLOTS - 8, 12]);
    write(from, PIPE_BYTES);
    expect([from.copyTo(to, PIPE_BYTES), to.freeSlots]).toEqual([2 + 7 * PAGE_BYTES, 0]);
  });

  it('leaves whole pages of a write for writes to add to, and no others', () => {
    const [from, to] = [new Pipe(0), new Pipe(0)];
    const slotsAfter = (text: string): number => {
      write(to, text);
      return to.freeSlots;
    };
    write(from, 'abcdef');
    from.moveTo(to, 2);
    expect(slotsAfter('-')).toBe(PIPE_SLOTS - 2); // a part
    from.copyTo(to, 9);
    expect(slotsAfter('-')).toBe(PIPE_SLOTS - 4); // a copy
    from.moveTo(to, 9);
    expect(slotsAfter('-')).toBe(PIPE_SLOTS - 5); // all that was left of a page
    to.append(Buffer.from('xyz'), { count: 3, offset: 0 });
    expect(slotsAfter('-')).toBe(PIPE_SLOTS - 7); // of a file
    expect(read(to, 99)).toBe('ab-cdef-cdef-xyz-');
  });

  it('ends pages where those of a file end', () => {
    const pipe = new Pipe(0);
    expect(pipe.roomFrom(100)).toBe(PIPE_BYTES - 100);
    pipe.append(new Uint8Array(5000), { count: 5000, offset: 4000 });
    expect(pipe.freeSlots).toBe(PIPE_SLOTS - 3);
    read(pipe, 96);
    expect(pipe.freeSlots).toBe(PIPE_SLOTS - 2);
  });

  it('claims slots that nobody else can take, until the bytes came or did not', () => {
    const pipe = new Pipe(0);
    const writer = new Told(pipe.writer, OUT);
    const claimed = { count: PIPE_BYTES - 2 * PAGE_BYTES, offset: 10 };
    pipe.claim(claimed);
    expect([pipe.freeSlots, pipe.length]).toEqual([1, 0]);
    expect([write(pipe, 2 * PAGE_BYTES), shown(pipe)]).toEqual([PAGE_BYTES, [IN, 0]]);
    pipe.fulfil(claimed, Buffer.from('abcdef'), 4);
    expect([pipe.freeSlots, writer.look()]).toEqual([PIPE_SLOTS - 2, [OUT]]);
    read(pipe, PAGE_BYTES);
    expect([read(pipe, 10), pipe.freeSlots]).toEqual(['abcd', PIPE_SLOTS]);
    pipe.claim({ count: 5, offset: 0 });
    pipe.fulfil({ count: 5, offset: 0 }, new Uint8Array(5), 0);
    expect([pipe.freeSlots, pipe.length]).toEqual([PIPE_SLOTS, 0]);
  });
});

describe('bytes taken out', () => {
  it('come back in their place, unless they went elsewhere', () => {
    const pipe = new Pipe(0);
    write(pipe, 'abcdef');
    const taken = pipe.takeOut(4);
    expect([pipe.length, pipe.freeSlots]).toEqual([2, PIPE_SLOTS - 1]);
    const reader = new Told(pipe.reader, IN);
    pipe.settle(taken, Buffer.from('abcd'), 1);
    expect([reader.look(), pipe.freeSlots]).toEqual([[IN], PIPE_SLOTS - 1]);
    expect([read(pipe, 10), pipe.freeSlots]).toEqual(['bcdef', PIPE_SLOTS]);
  });

  it('keep the slots of their pages, and give them to writers when they are gone', () => {
    const pipe = new Pipe(0);
    write(pipe, PIPE_BYTES);
    const writer = new Told(pipe.writer, OUT);
    const taken = pipe.takeOut(PIPE_BYTES);
    expect([pipe.freeSlots, shown(pipe), writer.look()]).toEqual([0, [0, 0], []]);
    expect(write(pipe, 1)).toBe(EAGAIN);
    pipe.settle(taken, new Uint8Array(PIPE_BYTES), PIPE_BYTES - 1);
    expect([pipe.freeSlots, pipe.length, writer.look()]).toEqual([PIPE_SLOTS - 1, 1, [OUT]]);
  });

  it('find a place whatever was read and written meanwhile', () => {
    const pipe = new Pipe(0);
    write(pipe, 'abc');
    const first = pipe.takeOut(2);
    expect([read(pipe, 9), pipe.freeSlots]).toEqual(['c', PIPE_SLOTS]);
    write(pipe, PIPE_BYTES);
    const others = pipe.takeOut(PIPE_BYTES);
    pipe.settle(first, Buffer.from('ab'), 0);
    expect([shown(pipe), write(pipe, PAGE_BYTES)]).toEqual([[IN, 0], EAGAIN]);
    pipe.settle(others, new Uint8Array(PIPE_BYTES), 0);
    expect(pipe.length).toBe(PIPE_BYTES + 2);
    expect(read(pipe, PIPE_BYTES + 2)).toBe(`${'\0'.repeat(PIPE_BYTES)}ab`);
    expect([pipe.freeSlots, write(pipe, PIPE_BYTES)]).toEqual([PIPE_SLOTS, PIPE_BYTES]);
  });

  it('of the page that is the oldest go back into it', () => {
    const pipe = new Pipe(0);
    write(pipe, 2 * PAGE_BYTES);
    const taken = pipe.takeOut(10);
    pipe.settle(taken, new Uint8Array(10), 3);
    expect([pipe.freeSlots, pipe.length]).toEqual([PIPE_SLOTS - 2, 2 * PAGE_BYTES - 3]);
    read(pipe, PAGE_BYTES - 3);
    expect(pipe.freeSlots).toBe(PIPE_SLOTS - 1);
  });
});
