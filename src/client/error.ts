/** The rejection of a door: an errno in the words of Node's own errors. */
import { type ErrnoName, errnoName, errnoText, type Res } from '../abi/errno.ts';

/** Built at the boundary, so the hot path never captures a stack. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
  /** The errno's name, such as 'ENOENT'. */
  readonly code: ErrnoName;
  /** The errno, negative as in Node's errors. */
  readonly errno: number;
  /** What was asked of the kernel, such as 'open'. */
  readonly syscall: string;
  readonly path?: string;

  constructor(res: Res, syscall: string, path?: string) {
    const code = errnoName(res);
    super(`${code}: ${errnoText(code)}, ${syscall}${path === undefined ? '' : ` '${path}'`}`);
    this.code = code;
    this.errno = res;
    this.syscall = syscall;
    if (path !== undefined) this.path = path;
  }
}
