/** Commands to drivers: URING_CMD. */
import { fail, type Res } from '../abi/errno.ts';
import { SQE_FLAG, URING_CMD_FLAG } from '../abi/flags.ts';
import { SQE } from '../abi/layout.ts';
import { OP } from '../abi/opcodes.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { fileOf } from './operand.ts';

const { FIXED, MULTISHOT } = URING_CMD_FLAG;

/** A multishot command takes provided buffers, and no registered one. */
function prepare({ opFlags, flags, offHigh }: Request): Res {
  const isMultishot = (opFlags & MULTISHOT) !== 0;
  const selects = (flags & SQE_FLAG.BUFFER_SELECT) !== 0;
  if (offHigh !== 0 || isMultishot !== selects) return fail('EINVAL');
  return isMultishot && (opFlags & FIXED) !== 0 ? fail('EINVAL') : 0;
}

/** No kind of file here has commands of its own. */
function run(request: Request): Res {
  const file = fileOf(request, fail('EOPNOTSUPP'));
  return typeof file === 'number' ? file : fail('EOPNOTSUPP');
}

/** URING_CMD: fails. */
export const uringCmd = op({
  code: OP.URING_CMD,
  name: 'URING_CMD',
  does: 'Fails with EOPNOTSUPP: no file of this kernel has commands.',
  reads: ['off'],
  flags: FIXED | MULTISHOT,
  errors: ['EBADF', 'EOPNOTSUPP'],
  iopoll: true,
  bufferSelect: true,
  /** io_uring_prep_uring_cmd: `cmdOp` means what the driver behind `fd` makes of it. */
  encode(this: SqeWords, sqe: number, cmdOp: number, fd: number) {
    prepRw(OP.URING_CMD, this.words, sqe, fd, 0, 0, 0);
    this.words[sqe + SQE.offLow] = cmdOp;
  },
  prepare,
  run,
});
