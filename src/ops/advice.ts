/** Hints about use to come: FADVISE, MADVISE. */
import { fail } from '../abi/errno.ts';
import { FADV, MADV } from '../abi/files.ts';
import { SQE } from '../abi/layout.ts';
import { PAGE_BYTES } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import type { Outcome } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { fromWords, prepRw } from './encode.ts';
import { fileOf } from './operand.ts';

// Neither hint reaches the host: there is no such call in node:fs, and the memory of a process is
// one array. They are checked as Linux checks them and then do what a hint may do: nothing.

const FILE_ADVICE: ReadonlySet<number> = new Set(Object.values(FADV));

/** What Linux takes for a shared mapping, which is what the memory of a process is like. */
const REFUSED_MEMORY_ADVICE: readonly number[] = [MADV.FREE, MADV.REMOVE, MADV.WIPEONFORK];
const MEMORY_ADVICE: ReadonlySet<number> = new Set(
  Object.values(MADV).filter((advice) => !REFUSED_MEMORY_ADVICE.includes(advice)),
);

function runFadvise(request: Request): Outcome {
  const file = fileOf(request, fail('ESPIPE'));
  if (typeof file === 'number') return file;
  if (request.addrHigh < 0 || !FILE_ADVICE.has(request.opFlags)) return fail('EINVAL');
  return 0;
}

/** FADVISE: res = 0. */
export const fadvise = op({
  code: OP.FADVISE,
  name: 'FADVISE',
  does: 'posix_fadvise(2) of the file `fd`: checked, and of no effect.',
  reads: ['off', 'addr', 'fileIndex'],
  zero: ['bufIndex', 'fileIndex'],
  flags: -1,
  errors: ['EBADF', 'EINVAL', 'ESPIPE'],
  repeatable: true,
  /** io_uring_prep_fadvise */
  encode(this: SqeWords, sqe: number, fd: number, off: number, len: number, advice: number) {
    prepRw(OP.FADVISE, this.words, sqe, fd, 0, len, off);
    this.words[sqe + SQE.opFlags] = advice;
  },
  run: runFadvise,
});

/** The length is in `off`, or in `len` when that is 0, as on Linux. */
function runMadvise(request: Request): Outcome {
  const { addrLow, addrHigh, offLow, offHigh, ring } = request;
  if (!MEMORY_ADVICE.has(request.opFlags)) return fail('EINVAL');
  if ((addrLow & (PAGE_BYTES - 1)) !== 0) return fail('EINVAL');
  const length = (offLow | offHigh) === 0 ? request.len >>> 0 : fromWords(offLow, offHigh);
  if (length === 0) return 0;
  const { memory } = ring.process;
  if (length > memory.sizeBytes || memory.at(addrLow, addrHigh, length) < 0) return fail('ENOMEM');
  return 0;
}

/** MADVISE: res = 0. */
export const madvise = op({
  code: OP.MADVISE,
  name: 'MADVISE',
  does: 'madvise(2) of `len` bytes of memory at `addr`: checked, and of no effect.',
  reads: ['off', 'addr', 'fileIndex'],
  zero: ['bufIndex', 'fileIndex'],
  flags: -1,
  errors: ['EINVAL', 'ENOMEM'],
  repeatable: true,
  /** io_uring_prep_madvise */
  encode(this: SqeWords, sqe: number, addr: number, len: number, advice: number) {
    prepRw(OP.MADVISE, this.words, sqe, -1, addr, len, 0);
    this.words[sqe + SQE.opFlags] = advice;
  },
  run: runMadvise,
  isFailure: () => false, // D7
});
