/** Path arguments: copied once from process memory, and where the relative ones begin. */
import { fail, type Res } from '../abi/errno.ts';
import { PATH_BYTES_MAX } from '../abi/limits.ts';
import type { FileObject, PathArg } from '../kernel/file-system.ts';
import { type Outcome, PENDING } from '../kernel/operation.ts';
import type { Process } from '../kernel/process.ts';
import type { Request } from '../kernel/request.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import type { Held } from './held.ts';
import { directoryOf } from './operand.ts';

const SLASH = 0x2f;
const NOTHING = new Uint8Array(0);

/** Room for one text, and views of its first bytes, made once for each length that comes up. */
class Scratch {
  readonly bytes = new Uint8Array(PATH_BYTES_MAX);
  readonly #views: (Uint8Array | undefined)[] = new Array(PATH_BYTES_MAX).fill(undefined);

  /** The first `length` bytes. */
  view(length: number): Uint8Array {
    const view = this.#views[length] ?? this.bytes.subarray(0, length);
    this.#views[length] = view;
    return view;
  }
}

// A typed array costs more than all else that is done to a path. Requests are prepared and run one
// by one, so the texts of one fit in these, used in turns; one that pends, or waits before it runs,
// takes its own (keepText()).
const SCRATCHES = [new Scratch(), new Scratch(), new Scratch(), new Scratch()] as const;
const TURN = { next: 0 };

function nextScratch(): Scratch {
  TURN.next = (TURN.next + 1) & (SCRATCHES.length - 1);
  return SCRATCHES[TURN.next]!;
}

/**
 * Copies the text before the NUL at an address: -EFAULT outside the memory, `tooLong` when there is
 * no NUL within `bytesMax`. The NUL is searched in the shared bytes, and again while they are
 * copied: a process that writes meanwhile gets some text of its own, never one with a NUL in it.
 * The copy is good until the request ends or pends.
 */
export function copyText(
  memory: ProcessMemory,
  low: number,
  high: number,
  { bytesMax, tooLong }: { readonly bytesMax: number; readonly tooLong: Res },
): Uint8Array | Res {
  const at = memory.at(low, high, 1);
  if (at < 0) return fail('EFAULT');
  const { bytes } = memory;
  const end = Math.min(at + bytesMax, bytes.length);
  let nul = at;
  while (nul < end && bytes[nul] !== 0) nul++;
  if (nul === end) return end - at === bytesMax ? tooLong : fail('EFAULT');
  const scratch = nextScratch();
  const text = scratch.bytes;
  const length = nul - at;
  for (let i = 0; i < length; i++) {
    const byte = bytes[at + i]!;
    if (byte === 0) return scratch.view(i);
    text[i] = byte;
  }
  return scratch.view(length);
}

const PATH = { bytesMax: PATH_BYTES_MAX, tooLong: fail('ENAMETOOLONG') };

/** A path: its bytes since preparation, its beginning since it runs. */
export class Path implements PathArg, Held {
  bytes: Uint8Array = NOTHING;
  base: FileObject | undefined;
  #held = false;

  /** Copies the bytes: 0, -EFAULT, -ENAMETOOLONG, or -ENOENT for none (unless `mayBeEmpty`). */
  copy(memory: ProcessMemory, low: number, high: number, mayBeEmpty = false): Res {
    const bytes = copyText(memory, low, high, PATH);
    if (typeof bytes === 'number') return bytes;
    if (bytes.length === 0 && !mayBeEmpty) return fail('ENOENT');
    this.bytes = bytes;
    return 0;
  }

  /** Finds where it begins: 0, -EBADF, -ENOTDIR. The descriptor of an absolute path is ignored. */
  begin(process: Process, dfd: number): Res {
    if (this.bytes[0] === SLASH) return 0;
    const base = directoryOf(process, dfd);
    if (typeof base === 'number') return base;
    this.base = base;
    return 0;
  }

  keepText(): void {
    this.bytes = this.bytes.slice();
  }

  /** The request pends: the bytes become its own, and the directory it begins at is held. */
  hold(): void {
    this.keepText();
    if (this.base === undefined || this.#held) return;
    this.base.hold();
    this.#held = true;
  }

  drop(): void {
    if (this.#held) this.base?.drop();
    this.#held = false;
    this.base = undefined;
  }
}

/** The path of a request that has one, at sqe.addr: 0 or -errno. */
export function preparePath(request: Request, mayBeEmpty = false): Res {
  const path = new Path();
  request.state = path;
  return path.copy(request.ring.process.memory, request.addrLow, request.addrHigh, mayBeEmpty);
}

/** The path that preparePath() copied. */
export const pathOf = (request: Request): Path => request.state as Path;

/** What became of a call on the path of a request: if it pends, its beginning is held. */
export function keepPath(request: Request, outcome: Outcome): Outcome {
  if (outcome === PENDING) pathOf(request).hold();
  return outcome;
}
