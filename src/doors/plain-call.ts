/** A call told by its parts, for requests that are made too seldom to deserve a class. */
import type { Res } from '../abi/errno.ts';
import type { Ring } from '../client/ring.ts';
import { Call } from './call.ts';
import type { Staging } from './staging.ts';

/** What makes a call. */
export interface CallParts<T> {
  /** Bytes of memory that its entry points to; default 0. */
  readonly bytes?: number;
  /** Writes what stands there. */
  readonly stage?: (at: number, staging: Staging) => void;
  readonly prepare: (ring: Ring, sqe: number, at: number) => void;
  /** What it resolves with; throws for a res below 0. */
  readonly value: (res: Res, at: number, staging: Staging) => T;
  readonly ended?: () => void;
}

/** One request. It is never repeated: most of these make or connect something. */
export class PlainCall<T> extends Call<T> {
  readonly #parts: CallParts<T>;

  constructor(parts: CallParts<T>) {
    super();
    this.#parts = parts;
  }

  get repeatable(): boolean {
    return false;
  }

  override get waitsForOthers(): boolean {
    return true;
  }

  get bytes(): number {
    return this.#parts.bytes ?? 0;
  }

  stage(staging: Staging): void {
    this.#parts.stage?.(this.address, staging);
  }

  prepare(ring: Ring, sqe: number): void {
    this.#parts.prepare(ring, sqe, this.address);
  }

  value(res: Res, staging: Staging): T {
    return this.#parts.value(res, this.address, staging);
  }

  override ended(): void {
    this.#parts.ended?.();
  }
}
