/**
 * Goal: a request sleeps on a word if and only if it holds what the program saw, is woken first
 *       come, first served by who meets its mask, and leaves nothing behind however it ends.
 * Method: processes under a kernel that is turned by hand; what ended is compared in order.
 */
import { describe, expect, it } from 'vitest';
import { type ErrnoName, fail } from '../../../src/abi/errno.ts';
import {
  FUTEX_BITSET_MATCH_ANY as ANY,
  FUTEX_WAITV,
  FUTEX_WAITV_BYTES,
  FUTEX2,
} from '../../../src/abi/futex.ts';
import { FUTEX_WAITV_MAX } from '../../../src/abi/limits.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';
import { World } from './world.ts';

const { SIZE_U32, PRIVATE } = FUTEX2;
const WORD = 8192;
const VECTOR = 12_288;
const UNMAPPED = 0x7fff_0000;

function world() {
  const w = new World();
  const { kernel, memory } = w;
  const wait = (userDataLow: number, at = WORD, mask: number = ANY, of = w) =>
    of.begin((r) => r.prepFutexWait(0, at, 0, mask, SIZE_U32, 0), { userDataLow });
  const wake = (count: number, at = WORD, mask: number = ANY, of = w) =>
    of.res((r) => r.prepFutexWake(0, at, count, mask, SIZE_U32, 0));
  /** Sleeps on these words, whatever each is said to hold. */
  const waitv = (userDataLow: number, words: readonly [at: number, value: number][]) => {
    words.forEach(([at, value], i) => {
      const record = VECTOR + i * FUTEX_WAITV_BYTES;
      memory.setU64(record + FUTEX_WAITV.val, value);
      memory.setU64(record + FUTEX_WAITV.uaddr, at);
      memory.setU32(record + FUTEX_WAITV.flags, SIZE_U32);
    });
    return w.begin((r) => r.prepFutexWaitv(0, VECTOR, words.length, 0), { userDataLow });
  };
  return { w, kernel, memory, wait, wake, waitv };
}

describe('a futex', () => {
  it('puts to sleep who saw what it holds, and nobody else', () => {
    const { w, kernel, memory, wait, wake } = world();
    memory.setU32(WORD, 0xffff_fffe);
    wait(1);
    expect(kernel.takeEnded()).toEqual([[1, fail('EAGAIN')]]);
    w.begin((r) => r.prepFutexWait(0, WORD, -2, ANY, SIZE_U32, 0), { userDataLow: 2 });
    expect(kernel.takeEnded()).toEqual([]);
    expect(wake(1)).toBe(1);
    expect(kernel.takeEnded()).toEqual([[2, 0]]);
    expect(wake(1)).toBe(0);
  });

  it('is another one with FUTEX2_PRIVATE', () => {
    const { w, kernel, wait, wake } = world();
    wait(1);
    w.begin((r) => r.prepFutexWait(0, WORD, 0, ANY, SIZE_U32 | PRIVATE, 0), { userDataLow: 2 });
    expect([wake(9), kernel.takeEnded()]).toEqual([1, [[1, 0]]]);
    expect(w.res((r) => r.prepFutexWake(0, WORD, 9, ANY, SIZE_U32 | PRIVATE, 0))).toBe(1);
    expect(kernel.takeEnded()).toEqual([[2, 0]]);
  });

  it('wakes first come, first served, as many as it is told to', () => {
    const { kernel, wait, wake } = world();
    for (const id of [1, 2, 3, 4, 5]) wait(id);
    expect(wake(0)).toBe(0);
    expect(wake(2)).toBe(2);
    expect(kernel.takeEnded()).toEqual([
      [1, 0],
      [2, 0],
    ]);
    wait(1);
    expect(wake(0x7fff_ffff)).toBe(4);
    expect(kernel.takeEnded().map(([id]) => id)).toEqual([3, 4, 5, 1]);
  });

  it('takes a negative number to wake for one', () => {
    const { kernel, wait, wake } = world();
    wait(1);
    wait(2);
    expect(wake(-1)).toBe(1);
    expect(kernel.takeEnded()).toEqual([[1, 0]]);
  });

  it('wakes those only whose mask meets that of the waker', () => {
    const { kernel, wait, wake } = world();
    wait(1, WORD, 1);
    wait(2, WORD, 6);
    wait(3, WORD, 0x8000_0000);
    expect(wake(9, WORD, 8)).toBe(0);
    expect(wake(9, WORD, 4)).toBe(1);
    expect(wake(9, WORD, 0x8000_0001)).toBe(2);
    expect(kernel.takeEnded().map(([id]) => id)).toEqual([2, 1, 3]);
  });

  it('is one for all processes with the same buffer, and one of each memory otherwise', () => {
    const { kernel, memory, wait, wake } = world();
    const shares = new World({ kernel, memory: ProcessMemory.attach(memory.handle) });
    const other = new World({ kernel });
    wait(1);
    wait(2, WORD, ANY, other);
    expect(wake(9, WORD, ANY, shares)).toBe(1);
    expect(kernel.takeEnded()).toEqual([[1, 0]]);
    expect(wake(9, WORD, ANY, other)).toBe(1);
    expect(kernel.takeEnded()).toEqual([[2, 0]]);
  });

  it('is nothing to its neighbours', () => {
    const { kernel, wait, wake } = world();
    wait(1, WORD);
    wait(2, WORD + 4);
    expect(wake(9, WORD + 4)).toBe(1);
    expect(wake(9, WORD + 8)).toBe(0);
    expect(kernel.takeEnded()).toEqual([[2, 0]]);
  });

  it('wakes threads that sleep on the word after the requests', async () => {
    const { kernel, memory, wait, wake } = world();
    const asleep = () => Atomics.waitAsync(memory.words, WORD / 4, 0).value;
    const threads = [asleep(), asleep()];
    wait(1, WORD, 1);
    wait(2, WORD, 2);
    expect(wake(2, WORD, 1)).toBe(2);
    expect(kernel.takeEnded()).toEqual([[1, 0]]);
    expect(await threads[0]).toBe('ok');
    expect(wake(0x7fff_ffff)).toBe(2);
    expect(kernel.takeEnded()).toEqual([[2, 0]]);
    expect(await threads[1]).toBe('ok');
  });

  it('wakes nobody who was taken back, and forgets words without sleepers', () => {
    const { kernel, memory, wait, wake } = world();
    const requests = [1, 2, 3].map((id) => wait(id));
    expect(kernel.futexes.wordsIn(memory)).toBe(1);
    kernel.takeBack(requests[1]!);
    requests[1]!.waiter?.leave();
    expect(wake(2)).toBe(2);
    expect(kernel.takeEnded()).toEqual([
      [2, fail('ECANCELED')],
      [1, 0],
      [3, 0],
    ]);
    expect(kernel.futexes.wordsIn(memory)).toBe(0);
    requests[0]!.waiter?.leave();
    expect(wake(1)).toBe(0);
  });
});

describe('FUTEX_WAITV', () => {
  it('sleeps on all its words, and tells which was woken', () => {
    const { kernel, memory, wake, waitv } = world();
    for (const index of [0, 1, 2]) {
      waitv(1, [
        [WORD, 0],
        [WORD + 4, 0],
        [WORD + 8, 0],
      ]);
      expect(kernel.futexes.wordsIn(memory)).toBe(3);
      expect(wake(9, WORD + 4 * index)).toBe(1);
      expect(kernel.takeEnded()).toEqual([[1, index]]);
      expect(kernel.futexes.wordsIn(memory)).toBe(0);
    }
  });

  it('does not sleep when any word holds something else', () => {
    const { kernel, memory, waitv } = world();
    memory.setU32(WORD + 8, 7);
    waitv(1, [
      [WORD, 0],
      [WORD + 4, 0],
      [WORD + 8, 0],
    ]);
    expect(kernel.takeEnded()).toEqual([[1, fail('EAGAIN')]]);
    expect(kernel.futexes.wordsIn(memory)).toBe(0);
  });

  it('is woken once, and counted once, by a word that it names twice', () => {
    const { kernel, wait, wake, waitv } = world();
    wait(1);
    waitv(2, [
      [WORD, 0],
      [WORD + 4, 0],
      [WORD, 0],
    ]);
    wait(3);
    expect(wake(3)).toBe(3);
    expect(kernel.takeEnded()).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
    expect(wake(9, WORD + 4)).toBe(0);
  });

  it('leaves every queue when it is taken back', () => {
    const { kernel, memory, wake, waitv } = world();
    const request = waitv(1, [
      [WORD, 0],
      [WORD + 4, 0],
    ]);
    kernel.takeBack(request);
    expect(kernel.futexes.wordsIn(memory)).toBe(0);
    expect(wake(9) + wake(9, WORD + 4)).toBe(0);
  });

  it('takes as many words as there may be', () => {
    const { kernel, wake, waitv } = world();
    waitv(
      1,
      Array.from({ length: FUTEX_WAITV_MAX }, (_, i) => [WORD + 4 * i, 0]),
    );
    expect(wake(1, WORD + 4 * (FUTEX_WAITV_MAX - 1))).toBe(1);
    expect(kernel.takeEnded()).toEqual([[1, FUTEX_WAITV_MAX - 1]]);
  });

  it.each<[string, number, number, ErrnoName]>([
    ['an unknown flag', FUTEX_WAITV.flags, SIZE_U32 | 0x10, 'EINVAL'],
    ['another size', FUTEX_WAITV.flags, FUTEX2.SIZE_U64, 'EINVAL'],
    ['a reserved field', FUTEX_WAITV.reserved, 1, 'EINVAL'],
    ['more than 32 bits of a value', FUTEX_WAITV.val + 4, 1, 'EINVAL'],
    ['a word that is not aligned', FUTEX_WAITV.uaddr, WORD + 2, 'EINVAL'],
    ['NULL', FUTEX_WAITV.uaddr, 0, 'EFAULT'],
    ['an address that is not mapped', FUTEX_WAITV.uaddr + 4, 1, 'EFAULT'],
  ])('refuses %s in any record', (_, offset, value, errno) => {
    const { w, kernel, memory, waitv } = world();
    waitv(1, [
      [WORD, 0],
      [WORD + 4, 0],
    ]);
    memory.setU32(VECTOR + FUTEX_WAITV_BYTES + offset, value);
    expect(w.res((r) => r.prepFutexWaitv(0, VECTOR, 2, 0))).toBe(fail(errno));
    expect(kernel.futexes.wordsIn(memory)).toBe(2);
  });

  it.each<[string, number, number, number, Record<string, number>, ErrnoName]>([
    ['no words', VECTOR, 0, 0, {}, 'EINVAL'],
    ['more than there may be', VECTOR, FUTEX_WAITV_MAX + 1, 0, {}, 'EINVAL'],
    ['a negative number', VECTOR, -1, 0, {}, 'EINVAL'],
    ['records that are not mapped', UNMAPPED, 1, 0, {}, 'EFAULT'],
    ['flags', VECTOR, 1, 1, {}, 'EINVAL'],
    ['fd', VECTOR, 1, 0, { fd: 1 }, 'EINVAL'],
    ['off', VECTOR, 1, 0, { offHigh: 1 }, 'EINVAL'],
    ['addr3', VECTOR, 1, 0, { addr3Low: 1 }, 'EINVAL'],
    ['buf_index', VECTOR, 1, 0, { bufPersonality: 1 }, 'EINVAL'],
    ['file_index', VECTOR, 1, 0, { fileIndex: 1 }, 'EINVAL'],
  ])('refuses %s', (_, at, nr, flags, spoil, errno) => {
    const { w } = world();
    expect(w.res((r) => r.prepFutexWaitv(0, at, nr, flags), spoil)).toBe(fail(errno));
  });
});

describe.each(['prepFutexWait', 'prepFutexWake'] as const)('%s', (prepare) => {
  it.each<[string, number, number, number, Record<string, number>, ErrnoName]>([
    ['mask 0', WORD, 0, SIZE_U32, {}, 'EINVAL'],
    ['a mask of more than 32 bits', WORD, 1, SIZE_U32, { addr3High: 1 }, 'EINVAL'],
    ['a value of more than 32 bits', WORD, 1, SIZE_U32, { offHigh: 1 }, 'EINVAL'],
    ['a word that is not aligned', WORD + 1, 1, SIZE_U32, {}, 'EINVAL'],
    ['NULL', 0, 1, SIZE_U32, {}, 'EFAULT'],
    ['an address that is not mapped', UNMAPPED, 1, SIZE_U32, {}, 'EFAULT'],
    ['an address of more than 32 bits', WORD, 1, SIZE_U32, { addrHigh: 1 }, 'EFAULT'],
    ['a byte', WORD, 1, FUTEX2.SIZE_U8, {}, 'EINVAL'],
    ['64 bits', WORD, 1, FUTEX2.SIZE_U64, {}, 'EINVAL'],
    ['a node of memory', WORD, 1, SIZE_U32 | FUTEX2.NUMA, {}, 'EINVAL'],
    ['an unknown flag', WORD, 1, SIZE_U32 | 0x100, {}, 'EINVAL'],
    ['op_flags', WORD, 1, SIZE_U32, { opFlags: 1 }, 'EINVAL'],
    ['len', WORD, 1, SIZE_U32, { len: 1 }, 'EINVAL'],
    ['buf_index', WORD, 1, SIZE_U32, { bufPersonality: 1 }, 'EINVAL'],
    ['file_index', WORD, 1, SIZE_U32, { fileIndex: 1 }, 'EINVAL'],
  ])('refuses %s', (_, at, mask, flags, spoil, errno) => {
    const { w } = world();
    expect(w.res((r) => r[prepare](0, at, 0, mask, flags, 0), spoil)).toBe(fail(errno));
  });
});
