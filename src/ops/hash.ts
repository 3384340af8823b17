/** Digests of memory: HASH. */
import { fail, type Res } from '../abi/errno.ts';
import { SQE } from '../abi/layout.ts';
import { ALGORITHM_BYTES_MAX, INLINE_BYTES_MAX } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import type { HostHash } from '../kernel/host.ts';
import type { KernelCalls, Outcome } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { highWord, prepRw } from './encode.ts';
import { copyText } from './path.ts';

const NAME = { bytesMax: ALGORITHM_BYTES_MAX, tooLong: fail('EINVAL') };

/** The algorithm of a request: its name, at sqe.addr3, and the bytes of its digest. */
export interface Algorithm {
  name: string;
  digestBytes: number;
}

/** The name that was asked for last: most requests ask for the same one as the one before. */
const LAST = { text: new Uint8Array(0), name: '' };

/** The name of an algorithm as a string, made once for as long as the same one is asked for. */
function nameOf(text: Uint8Array): string {
  const { text: last } = LAST;
  let same = text.length === last.length;
  for (let i = 0; same && i < text.length; i++) same = text[i] === last[i];
  if (!same) {
    LAST.text = text.slice();
    LAST.name = String.fromCharCode(...text);
  }
  return LAST.name;
}

/** Reads which algorithm is asked for: 0, -EFAULT, or -EINVAL for one the host does not have. */
export function readAlgorithm(request: Request, kernel: KernelCalls, into: Algorithm): Res {
  const { memory } = request.ring.process;
  const text = copyText(memory, request.addr3Low, request.addr3High, NAME);
  if (typeof text === 'number') return text;
  into.name = nameOf(text);
  into.digestBytes = kernel.digests.digestBytes(into.name);
  return Math.min(into.digestBytes, 0);
}

function prepare(request: Request, kernel: KernelCalls): Res {
  const algorithm: Algorithm = { name: '', digestBytes: 0 };
  request.state = algorithm;
  return readAlgorithm(request, kernel, algorithm);
}

/** What fits one slice is one call of the host; for more, the state becomes the running digest. */
function run(request: Request, kernel: KernelCalls): Outcome {
  const { name, digestBytes } = request.state as Algorithm;
  const { memory } = request.ring.process;
  const length = request.len >>> 0;
  const at = memory.at(request.addrLow, request.addrHigh, length);
  const digestAt = memory.at(request.offLow, request.offHigh, digestBytes);
  if (at < 0 || digestAt < 0) return fail('EFAULT');
  if (length <= INLINE_BYTES_MAX)
    return kernel.digests.once(name, memory.bytes, at, length, memory.bytes, digestAt);
  request.progress = 0;
  request.state = kernel.digests.create(name);
  return addSlice(request, kernel);
}

/** The next slice, then a turn of the other rings; behind the last one, the digest. */
function addSlice(request: Request, kernel: KernelCalls): Outcome {
  const { bytes } = request.ring.process.memory;
  const running = request.state as HostHash;
  const left = (request.len >>> 0) - request.progress;
  if (left === 0) return running.digest(bytes, request.offLow >>> 0);
  const count = Math.min(left, INLINE_BYTES_MAX);
  running.update(bytes, (request.addrLow >>> 0) + request.progress, count);
  request.progress += count;
  return kernel.again(request, 0);
}

/** HASH: res = bytes of the digest. */
export const hash = op({
  code: OP.HASH,
  name: 'HASH',
  does:
    'Writes the digest of the `len` bytes at `addr` to `off`, by the algorithm whose ' +
    'NUL-terminated name is at `addr3`: those of `node:crypto`. res is the bytes of the digest.',
  zero: ['opFlags', 'bufIndex', 'fileIndex'],
  flags: -1,
  errors: ['EFAULT', 'EINVAL'],
  repeatable: true,
  /** Addresses of the algorithm's name, of the bytes, and of the room for the digest. */
  encode(
    this: SqeWords,
    sqe: number,
    algorithm: number,
    addr: number,
    len: number,
    digest: number,
  ) {
    prepRw(OP.HASH, this.words, sqe, -1, addr, len, digest);
    this.words[sqe + SQE.addr3Low] = algorithm;
    this.words[sqe + SQE.addr3High] = highWord(algorithm);
  },
  prepare,
  run,
  resume: (request, _, kernel) => addSlice(request, kernel),
});
