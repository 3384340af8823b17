/** PROVIDE_BUFFERS and REMOVE_BUFFERS: fill and empty a group of buffers that has no ring. */
import { fail, type Res } from '../abi/errno.ts';
import { SQE } from '../abi/layout.ts';
import { BUFFER_IDS_MAX, USER_SPACE_BYTES } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { fromWords, prepRw } from './encode.ts';

// How many buffers stands in sqe.fd, the id of the first one in sqe.off.

const TWO_TO_64 = 2 ** 64;

/**
 * M1. As in Linux, the buffers must lie in what a process can name; whether they are mapped is
 * found when one is used.
 */
function prepareProvide(request: Request): Res {
  const { fd: count, offLow, offHigh, len, addrLow, addrHigh } = request;
  if (count <= 0 || count > BUFFER_IDS_MAX) return fail('E2BIG');
  if (len === 0) return fail('EINVAL');
  const address = fromWords(addrLow, addrHigh);
  const end = address + (len >>> 0) * count;
  if (end >= TWO_TO_64) return fail('EOVERFLOW');
  if (end > USER_SPACE_BYTES) return fail('EFAULT');
  if (offHigh !== 0 || offLow >>> 0 >= BUFFER_IDS_MAX) return fail('E2BIG');
  return offLow + count > BUFFER_IDS_MAX ? fail('EINVAL') : 0;
}

/** PROVIDE_BUFFERS: res = 0. */
export const provideBuffers = op({
  code: OP.PROVIDE_BUFFERS,
  name: 'PROVIDE_BUFFERS',
  does:
    'Adds `fd` buffers of `len` bytes each, one behind the other from `addr` on, to the group ' +
    '`buf_index`, under ids from `off` on.',
  reads: ['addr', 'off'],
  zero: ['opFlags', 'fileIndex'],
  flags: -1,
  errors: ['E2BIG', 'EFAULT', 'EOVERFLOW'],
  /** io_uring_prep_provide_buffers */
  encode(
    this: SqeWords,
    sqe: number,
    addr: number,
    len: number,
    count: number,
    group: number,
    firstId: number,
  ) {
    prepRw(OP.PROVIDE_BUFFERS, this.words, sqe, count, addr, len, firstId);
    this.words[sqe + SQE.bufPersonality] = group;
  },
  prepare: prepareProvide,
  run: ({ fd: count, offLow, len, addrLow, addrHigh, bufIndex, ring }) => {
    const address = fromWords(addrLow, addrHigh);
    return ring.groups.provide(bufIndex, { address, length: len >>> 0, count, firstId: offLow });
  },
});

/** REMOVE_BUFFERS: res = buffers removed. */
export const removeBuffers = op({
  code: OP.REMOVE_BUFFERS,
  name: 'REMOVE_BUFFERS',
  does: 'Takes the oldest `fd` buffers out of the group `buf_index`; res is how many there were.',
  reads: ['addr', 'off'],
  zero: ['off', 'addr', 'len', 'opFlags', 'fileIndex'],
  flags: -1,
  errors: ['ENOENT'],
  /** io_uring_prep_remove_buffers */
  encode(this: SqeWords, sqe: number, count: number, group: number) {
    prepRw(OP.REMOVE_BUFFERS, this.words, sqe, count, 0, 0, 0);
    this.words[sqe + SQE.bufPersonality] = group;
  },
  prepare: ({ fd: count }) => (count <= 0 || count > BUFFER_IDS_MAX ? fail('EINVAL') : 0),
  run: ({ fd: count, bufIndex, ring }) => ring.groups.remove(bufIndex, count),
});
