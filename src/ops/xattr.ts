/** Extended attributes, which no mount has: FSETXATTR, SETXATTR, FGETXATTR, GETXATTR. */
import { fail, type Res } from '../abi/errno.ts';
import { AT } from '../abi/files.ts';
import { SQE } from '../abi/layout.ts';
import { XATTR_NAME_BYTES_MAX, XATTR_VALUE_BYTES_MAX } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import { XATTR } from '../abi/xattr.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { highWord, prepRw } from './encode.ts';
import { pathErrors } from './errors.ts';
import { FileStatus } from './file-status.ts';
import { dropState } from './held.ts';
import { fileOf, isFixedFile } from './operand.ts';
import { copyText, Path } from './path.ts';

// node:fs has no calls for them. So they are checked as Linux checks them, and answered as by a
// file system without attributes, for a file that exists.

const EBADF = fail('EBADF');
const EOPNOTSUPP = fail('EOPNOTSUPP');
const NAME = { bytesMax: XATTR_NAME_BYTES_MAX, tooLong: fail('ERANGE') };

/** The name of the attribute: 0, -EFAULT, or -ERANGE for an empty or a long one. */
function checkName({ addrLow, addrHigh, ring }: Request): Res {
  const name = copyText(ring.process.memory, addrLow, addrHigh, NAME);
  if (typeof name === 'number') return name;
  return name.length === 0 ? fail('ERANGE') : 0;
}

/** Name and value of an attribute to be set. */
function checkValue(request: Request): Res {
  const res = checkName(request);
  if (res !== 0) return res;
  const { offLow, offHigh, len, ring } = request;
  if (len >>> 0 > XATTR_VALUE_BYTES_MAX) return fail('E2BIG');
  return ring.process.memory.at(offLow, offHigh, len) < 0 ? fail('EFAULT') : 0;
}

/** For a path, which is at addr3 and begins at the current directory. */
function preparePath(request: Request, check: (request: Request) => Res): Res {
  if (isFixedFile(request)) return EBADF;
  const res = check(request);
  if (res !== 0) return res;
  const path = new Path();
  request.state = path;
  return path.copy(request.ring.process.memory, request.addr3Low, request.addr3High);
}

/** What is there has no attributes; what is not, says so. */
const refuse = (res: Res): Res => (res < 0 ? res : EOPNOTSUPP);

function runPath(request: Request, kernel: KernelCalls): Outcome {
  const path = request.state as Path;
  const begun = path.begin(request.ring.process, AT.FDCWD);
  if (begun !== 0) return begun;
  const outcome = kernel.files.stat(request, kernel, path, true, new FileStatus());
  if (outcome !== PENDING) return refuse(outcome);
  path.hold();
  return PENDING;
}

function runFile(request: Request): Res {
  const file = fileOf(request, EOPNOTSUPP);
  return typeof file === 'number' ? file : EOPNOTSUPP;
}

const OF_FILE = {
  reads: ['addr', 'off'],
  errors: ['EBADF', 'EFAULT', 'EOPNOTSUPP', 'ERANGE'],
  run: runFile,
  isFailure: (_: Request, res: Res) => res === EBADF, // D7
} as const;

const OF_PATH = {
  reads: ['addr', 'off', 'addr3'],
  errors: [...pathErrors, 'EOPNOTSUPP', 'ERANGE'],
  run: runPath,
  resume: (request: Request, res: Res) => refuse(dropState(request, res)),
  isFailure: () => false, // D7
} as const;

/** Where the path is. */
function setPath(words: Int32Array, sqe: number, path: number): void {
  words[sqe + SQE.addr3Low] = path;
  words[sqe + SQE.addr3High] = highWord(path);
}

/** FSETXATTR: fails. */
export const fsetxattr = op({
  ...OF_FILE,
  code: OP.FSETXATTR,
  name: 'FSETXATTR',
  does: 'fsetxattr(2) of the file `fd`, which ends with EOPNOTSUPP: no mount has attributes.',
  flags: XATTR.CREATE | XATTR.REPLACE,
  errors: [...OF_FILE.errors, 'E2BIG'],
  /** io_uring_prep_fsetxattr */
  encode(
    this: SqeWords,
    sqe: number,
    fd: number,
    name: number,
    value: number,
    flags: number,
    len: number,
  ) {
    prepRw(OP.FSETXATTR, this.words, sqe, fd, name, len, value);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare: checkValue,
});

/** SETXATTR: fails. */
export const setxattr = op({
  ...OF_PATH,
  code: OP.SETXATTR,
  name: 'SETXATTR',
  does: 'setxattr(2) of the path at `addr3`, which ends with EOPNOTSUPP: no mount has attributes.',
  flags: XATTR.CREATE | XATTR.REPLACE,
  errors: [...OF_PATH.errors, 'E2BIG'],
  /** io_uring_prep_setxattr */
  encode(
    this: SqeWords,
    sqe: number,
    name: number,
    value: number,
    path: number,
    flags: number,
    len: number,
  ) {
    prepRw(OP.SETXATTR, this.words, sqe, 0, name, len, value);
    this.words[sqe + SQE.opFlags] = flags;
    setPath(this.words, sqe, path);
  },
  prepare: (request) => preparePath(request, checkValue),
});

/** FGETXATTR: fails. */
export const fgetxattr = op({
  ...OF_FILE,
  code: OP.FGETXATTR,
  name: 'FGETXATTR',
  does: 'fgetxattr(2) of the file `fd`, which ends with EOPNOTSUPP: no mount has attributes.',
  /** io_uring_prep_fgetxattr */
  encode(this: SqeWords, sqe: number, fd: number, name: number, value: number, len: number) {
    prepRw(OP.FGETXATTR, this.words, sqe, fd, name, len, value);
  },
  prepare: checkName,
});

/** GETXATTR: fails. */
export const getxattr = op({
  ...OF_PATH,
  code: OP.GETXATTR,
  name: 'GETXATTR',
  does: 'getxattr(2) of the path at `addr3`, which ends with EOPNOTSUPP: no mount has attributes.',
  /** io_uring_prep_getxattr */
  encode(this: SqeWords, sqe: number, name: number, value: number, path: number, len: number) {
    prepRw(OP.GETXATTR, this.words, sqe, 0, name, len, value);
    setPath(this.words, sqe, path);
  },
  prepare: (request) => preparePath(request, checkName),
});
