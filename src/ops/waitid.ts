/** Waiting for children to end, stop or go on: WAITID. */
import { fail, type Res } from '../abi/errno.ts';
import { SQE } from '../abi/layout.ts';
import { OP } from '../abi/opcodes.ts';
import { POLL } from '../abi/poll.ts';
import { P, SIG, SIGINFO, SIGINFO_BYTES, W } from '../abi/wait.ts';
import type { Child } from '../kernel/children.ts';
import type { KernelCalls, Outcome } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';

const ASKED = W.EXITED | W.STOPPED | W.CONTINUED;
const KNOWN = ASKED | W.NOHANG | W.NOWAIT | W.NOTHREAD | W.ALL | W.CLONE;

/** Whether kind, number and options make sense: 0 or -errno. */
function check(kind: number, id: number, options: number): Res {
  if ((options & ~KNOWN) !== 0 || (options & ASKED) === 0) return fail('EINVAL');
  if (kind === P.ALL) return 0;
  if (kind === P.PID) return id > 0 ? 0 : fail('EINVAL');
  if (kind === P.PGID) return id >= 0 ? 0 : fail('EINVAL');
  if (kind !== P.PIDFD || id < 0) return fail('EINVAL');
  return fail('EBADF'); // no descriptor stands for a process
}

/** A child with something to tell, 0, or -errno. */
function find(request: Request): Child | Res {
  const { len: kind, fd: id, fileIndex: options, ring } = request;
  const res = check(kind, id, options);
  if (res !== 0) return res;
  if ((options & W.CLONE) !== 0 && (options & W.ALL) === 0) return fail('ECHILD');
  return ring.process.children.find({ kind, id, options });
}

/**
 * Tells of a child, or of nothing. As in Linux the record is written whatever the result is, in the
 * end, so that a child may be lost to a bad address.
 */
function answer(request: Request, res: Res, child?: Child): Res {
  const { offLow, offHigh, ring } = request;
  if ((offLow | offHigh) === 0) return res;
  const { memory } = ring.process;
  const at = memory.at(offLow, offHigh, SIGINFO_BYTES);
  if (at < 0) return fail('EFAULT');
  memory.setU32(at + SIGINFO.signo, child === undefined ? 0 : SIG.CHLD);
  memory.setU32(at + SIGINFO.errno, 0);
  memory.setU32(at + SIGINFO.code, child?.cause ?? 0);
  memory.setU32(at + SIGINFO.pid, child?.pid ?? 0);
  memory.setU32(at + SIGINFO.uid, child?.uid ?? 0);
  memory.setU32(at + SIGINFO.status, child?.status ?? 0);
  return res;
}

/** Looks, and waits if there is nothing to see yet; again whenever anything happened to a child. */
function run(request: Request, kernel: KernelCalls): Outcome {
  const found = find(request);
  const options = request.fileIndex;
  if (typeof found !== 'number') {
    const res = answer(request, 0, found);
    if ((options & W.NOWAIT) === 0) found.told();
    return res;
  }
  if (found < 0 || (options & W.NOHANG) !== 0) return answer(request, found);
  return kernel.block(request, request.ring.process.children, POLL.IN);
}

/** WAITID: res = 0, and siginfo_t tells of a child. */
export const waitid = op({
  code: OP.WAITID,
  name: 'WAITID',
  does:
    'waitid(2): waits for a child of the process. `len` is P_ALL, P_PID or P_PGID, `fd` its ' +
    'number, `file_index` the options (WEXITED, WSTOPPED, WCONTINUED, WNOHANG, WNOWAIT). The ' +
    'siginfo_t at `off`, unless that is 0, tells of it. Children are those that an embedder adds.',
  reads: ['off', 'fileIndex'],
  zero: ['addr', 'bufIndex', 'addr3'],
  errors: ['EBADF', 'ECHILD', 'EFAULT', 'ECANCELED'],
  cancel: 'queue',
  cancelAnswer: 1, // as I3 has it of futexes: Linux counts, in both
  /** io_uring_prep_waitid: P_ kind, number, `infop` of a siginfo_t or 0, W options; `flags` 0. */
  encode(
    this: SqeWords,
    sqe: number,
    idtype: number,
    id: number,
    infop: number,
    options: number,
    flags: number,
  ) {
    prepRw(OP.WAITID, this.words, sqe, id, 0, idtype, infop);
    this.words[sqe + SQE.opFlags] = flags;
    this.words[sqe + SQE.fileIndex] = options;
  },
  run,
  resume: (request, _, kernel) => run(request, kernel),
});
