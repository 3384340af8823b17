/** How an operation is declared: one row, from which everything else about it is read. */
import type { ErrnoName, Res } from '../abi/errno.ts';
import { fail } from '../abi/errno.ts';
import type { CancelKind, KernelCalls, Operation, Outcome } from '../kernel/operation.ts';
import { type Request, SQE_PART } from '../kernel/request.ts';

/** The fields of an SQE. An operation may demand some to be zero, as Linux does of unused ones. */
export type SqeField =
  | 'fd'
  | 'off'
  | 'addr'
  | 'len'
  | 'opFlags'
  | 'bufIndex'
  | 'fileIndex'
  | 'addr3'
  | 'pad';

/** Whose entries a prep function writes: a ring door. */
export interface SqeWords {
  readonly words: Int32Array;
}

/**
 * Writes one operation's fields into the SQE at `sqe`. It is a method of the ring door, under the
 * name prep + operation, so that a call costs no wrapper and no array of arguments.
 */
export type Encode = (this: SqeWords, sqe: number, ...args: never[]) => void;

/** What a row says. Fields that are left out take the value in parentheses. */
export interface OperationRow<E extends Encode> {
  /** sqe.opcode. */
  readonly code: number;
  /** IORING_OP_ name, or ours. */
  readonly name: string;
  /** One sentence for docs/opcodes.md. */
  readonly does: string;
  /** Fields it reads beside those that are always copied (SQE_PART); others stay old. (all) */
  readonly reads?: readonly SqeField[];
  /** Fields that must be zero; anything else there is EINVAL at preparation. (none) */
  readonly zero?: readonly SqeField[];
  /** Bits of sqe.op_flags it knows; an unknown one is EINVAL at preparation. (0) */
  readonly flags?: number;
  /** Errors it can end with, beside those of every operation. (none) */
  readonly errors?: readonly ErrnoName[];
  /** How it is taken back while pending. ('never': it does not pend) */
  readonly cancel?: CancelKind;
  readonly ioprio?: boolean; // (false)
  readonly iopoll?: boolean; // (false)
  readonly bufferSelect?: boolean; // (false)
  readonly repeatable?: boolean; // (false)
  readonly sampled?: boolean; // (false)
  readonly undone?: (request: Request) => Res; // (-ECANCELED)
  readonly abandoned?: Operation['abandoned']; // (res)
  readonly cancelAnswer?: Res; // (0)
  readonly fixedBuffer?: boolean; // (false)
  /** Writes the SQE: the types of its prep function are these. */
  readonly encode: E;
  /** Reads what the SQE points to; 0 or -errno. (0) */
  readonly prepare?: (request: Request, kernel: KernelCalls) => Res;
  readonly run: (request: Request, kernel: KernelCalls) => Outcome;
  /** Goes on with the result of what it waited for. (that is its own result) */
  readonly resume?: (request: Request, res: Res, kernel: KernelCalls) => Outcome;
  readonly due?: (request: Request, kernel: KernelCalls, byCount: boolean) => void;
  readonly isFailure?: (request: Request, res: Res) => boolean; // (res < 0)
}

/** A defined operation: what the kernel runs, and what doors and documents read. */
export interface DefinedOperation<E extends Encode = Encode> extends Operation {
  readonly does: string;
  /** As in the row; undefined: all. */
  readonly reads: readonly SqeField[] | undefined;
  readonly zero: readonly SqeField[];
  readonly errors: readonly ErrnoName[];
  readonly encode: E;
}

const IS_ZERO: { readonly [F in SqeField]: (request: Request) => boolean } = {
  fd: (r) => r.fd === 0,
  off: (r) => (r.offLow | r.offHigh) === 0,
  addr: (r) => (r.addrLow | r.addrHigh) === 0,
  len: (r) => r.len === 0,
  opFlags: (r) => r.opFlags === 0,
  bufIndex: (r) => r.bufIndex === 0,
  fileIndex: (r) => r.fileIndex === 0,
  addr3: (r) => (r.addr3Low | r.addr3High) === 0,
  pad: (r) => (r.padLow | r.padHigh) === 0,
};

const PART_OF: { readonly [F in SqeField]: number } = {
  fd: 0,
  len: 0,
  opFlags: 0,
  off: SQE_PART.ADDRESS,
  addr: SQE_PART.ADDRESS,
  bufIndex: 0,
  fileIndex: SQE_PART.EXTRA,
  addr3: SQE_PART.EXTRA,
  pad: SQE_PART.EXTRA,
};

const ALL_FIELDS = Object.keys(PART_OF) as SqeField[];

/** What must be copied so that the row's fields can be read and checked. */
const partsOf = <E extends Encode>({ reads, zero = [] }: OperationRow<E>): number =>
  [...(reads ?? ALL_FIELDS), ...zero].reduce((parts, field) => parts | PART_OF[field], 0);

/** The row's own preparation behind the checks for zero; undefined when there is neither. */
function preparation<E extends Encode>({ zero, prepare }: OperationRow<E>): Operation['prepare'] {
  if (zero === undefined) return prepare;
  const zeroes = zero.map((field) => IS_ZERO[field]);
  return (request, kernel) => {
    for (const isZero of zeroes) if (!isZero(request)) return fail('EINVAL');
    return prepare === undefined ? 0 : prepare(request, kernel);
  };
}

/** Whether a result is a failure, unless a row says otherwise. */
export const isError = (_: Request, res: Res): boolean => res < 0;

/** Declares an operation. */
export function op<E extends Encode>(row: OperationRow<E>): DefinedOperation<E> {
  return {
    code: row.code,
    name: row.name,
    does: row.does,
    reads: row.reads,
    zero: row.zero ?? [],
    errors: row.errors ?? [],
    cancel: row.cancel ?? 'never',
    ioprio: row.ioprio ?? false,
    iopoll: row.iopoll ?? false,
    bufferSelect: row.bufferSelect ?? false,
    repeatable: row.repeatable ?? false,
    sampled: row.sampled ?? false,
    undone: row.undone ?? (() => fail('ECANCELED')),
    abandoned: row.abandoned ?? ((_, res) => res),
    cancelAnswer: row.cancelAnswer ?? 0,
    fixedBuffer: row.fixedBuffer ?? false,
    encode: row.encode,
    parts: partsOf(row),
    unknownFlags: ~(row.flags ?? 0),
    prepare: preparation(row),
    run: row.run,
    resume: row.resume ?? ((_, res) => res),
    due: row.due ?? (() => {}),
    isFailure: row.isFailure ?? isError,
  };
}
