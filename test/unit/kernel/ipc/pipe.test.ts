/**
 * Goal: a pipe moves, refuses, shows and wakes as pipe(7) has it, and as Linux counts its pages.
 * Method: the two ends in one thread, with waiters that note what they are told. Any sequence of
 *         calls: pipe-model.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../../src/abi/errno.ts';
import { O } from '../../../../src/abi/files.ts';
import {
  PAGE_BYTES,
  PIPE_ATOMIC_BYTES,
  PIPE_BYTES,
  PIPE_SLOTS,
} from '../../../../src/abi/limits.ts';
import { POLL } from '../../../../src/abi/poll.ts';
import { Pipe } from '../../../../src/kernel/ipc/pipe.ts';
import { space } from './pieces.ts';
import { read, shown, write } from './pipe-ends.ts';
import { Told } from './told.ts';

const { IN, OUT, ERR, HUP } = POLL;
const EAGAIN = fail('EAGAIN');

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

  it('takes as much of a large write as there are pages for, and nothing without any', () => {
    const pipe = new Pipe(0);
    expect(write(pipe, 100_000)).toBe(PIPE_BYTES);
    expect([write(pipe, 100_000), write(pipe, 1)]).toEqual([EAGAIN, EAGAIN]);
    read(pipe, PAGE_BYTES);
    expect(write(pipe, 100_000)).toBe(PAGE_BYTES);
  });

  it('is full with so many pages, however few bytes they have', () => {
    const pipe = new Pipe(0);
    for (let page = 0; page < PIPE_SLOTS; page++) expect(write(pipe, 4000)).toBe(4000);
    expect([pipe.length, pipe.freeSlots]).toEqual([PIPE_SLOTS * 4000, 0]);
    expect([write(pipe, 97), write(pipe, 4000), shown(pipe)]).toEqual([EAGAIN, EAGAIN, [IN, 0]]);
  });

  it('takes into its last page what fits there as a whole, even when it is full', () => {
    const pipe = new Pipe(0);
    write(pipe, PIPE_BYTES - PAGE_BYTES);
    expect([write(pipe, 4000), write(pipe, 90), write(pipe, 7)]).toEqual([4000, 90, EAGAIN]);
    expect([write(pipe, 6), write(pipe, 1), pipe.length]).toEqual([6, EAGAIN, PIPE_BYTES]);
  });

  it('begins a large write in its last page with what it has beyond whole pages', () => {
    const pipe = new Pipe(0);
    write(pipe, 100);
    expect([write(pipe, 2 * PAGE_BYTES + 50), pipe.freeSlots]).toEqual([8242, PIPE_SLOTS - 3]);
    write(pipe, PIPE_BYTES - 4 * PAGE_BYTES);
    write(pipe, 100);
    expect([pipe.freeSlots, write(pipe, PAGE_BYTES + 50)]).toEqual([0, 50]);
  });

  it('gets no room from a read inside a page, and a page from the read of its last byte', () => {
    const pipe = new Pipe(0);
    const writer = new Told(pipe.writer, OUT);
    write(pipe, PIPE_BYTES);
    read(pipe, PAGE_BYTES - 1);
    expect([write(pipe, 1), shown(pipe), writer.look()]).toEqual([EAGAIN, [IN, 0], []]);
    read(pipe, 1);
    expect([pipe.freeSlots, shown(pipe), writer.look()]).toEqual([1, [IN, OUT], [OUT]]);
    expect(write(pipe, PAGE_BYTES + 1)).toBe(PAGE_BYTES);
  });

  it('has no more room in a page whose beginning was read', () => {
    const pipe = new Pipe(0);
    write(pipe, 4000);
    read(pipe, 3999);
    expect([write(pipe, 97), pipe.freeSlots]).toEqual([97, PIPE_SLOTS - 2]);
  });

  it('takes small writes as a whole or not at all', () => {
    const pipe = new Pipe(0);
    write(pipe, PIPE_BYTES - 1);
    expect([write(pipe, PIPE_ATOMIC_BYTES), write(pipe, 2)]).toEqual([EAGAIN, EAGAIN]);
    read(pipe, PAGE_BYTES);
    expect(write(pipe, PIPE_ATOMIC_BYTES)).toBe(PIPE_ATOMIC_BYTES);
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

  it('shows IN with bytes, OUT with a free slot, HUP and ERR for a lost end', () => {
    const pipe = new Pipe(0);
    expect(shown(pipe)).toEqual([0, OUT]);
    write(pipe, PIPE_BYTES);
    expect(shown(pipe)).toEqual([IN, 0]);
    read(pipe, PAGE_BYTES);
    expect(shown(pipe)).toEqual([IN, OUT]);
    pipe.writer.drop();
    expect(shown(pipe)[0]).toBe(IN | HUP);
    read(pipe, PIPE_BYTES);
    expect(shown(pipe)[0]).toBe(HUP);
    const other = new Pipe(0);
    other.reader.drop();
    expect(shown(other)[1]).toBe(OUT | ERR);
  });

  it('that was full shows no OUT when it lost its readers', () => {
    const pipe = new Pipe(0);
    write(pipe, PIPE_BYTES);
    pipe.reader.drop();
    expect(shown(pipe)[1]).toBe(ERR);
  });

  it('wakes readers at every write, writers only when it was full and is no more', () => {
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
    expect([write(pipe, PAGE_BYTES), reader.look()]).toEqual([PAGE_BYTES, [IN]]);
    read(pipe, 1);
    expect([writer.look(), write(pipe, 1)]).toEqual([[], EAGAIN]);
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
