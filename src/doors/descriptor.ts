/** An open descriptor of a door: its lane, the calls that use it, and its one close. */
import type { Call } from './call.ts';
import { fileClosedError } from './errors.ts';
import {
  close,
  DescriptorCall,
  type DescriptorOperation,
  type HeldDescriptor,
  type Transfer,
  TransferCall,
} from './fd-calls.ts';
import type { Lane } from './lane.ts';
import type { Lanes } from './lanes.ts';
import type { CallOptions } from './options.ts';
import { inScope } from './scope.ts';

/** A descriptor of the process of one lane. Closing it waits for the calls that use it. */
export class Descriptor implements HeldDescriptor {
  readonly fd: number;
  readonly #lanes: Lanes;
  readonly #lane: Lane;
  /** Calls under way. */
  #held = 0;
  #closing: Promise<void> | undefined;
  #whenUnused: (() => void) | undefined;

  constructor(lanes: Lanes, lane: Lane, fd: number) {
    this.fd = fd;
    this.#lanes = lanes;
    this.#lane = lane;
    lanes.descriptors.add(this);
  }

  get lane(): Lane {
    return this.#lane;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** A call of it has ended. */
  drop(): void {
    if (--this.#held === 0) this.#whenUnused?.();
  }

  /** Starts a call; throws EBADF when it is closed. */
  start<T>(operation: DescriptorOperation<T>, argument = 0, options?: CallOptions): Promise<T> {
    this.#check(operation.syscall);
    return inScope(this.#lanes, options, (lanes) =>
      this.#begin(new DescriptorCall(operation, this, argument), lanes),
    );
  }

  /**
   * Moves bytes: in one request if they fit into one, else in several until one falls short. Throws
   * EBADF when it is closed, in the words of `method`. CallOptions are taken from `options`.
   */
  transfer<T>(
    method: string,
    transfer: Transfer,
    result: (bytes: number) => T,
    options?: unknown,
  ): Promise<T> {
    this.#check(method);
    const { staging } = this.#lanes;
    return inScope(this.#lanes, options, (lanes) =>
      transfer.length <= staging.pieceBytes
        ? this.#begin(new TransferCall(this, transfer, staging, result), lanes)
        : this.#transferInParts(transfer, lanes).then(result),
    );
  }

  /** Starts a call that drops the descriptor when it ends; throws EBADF when it is closed. */
  launch<T>(syscall: string, call: Call<T>, lanes: Lanes = this.#lanes): Promise<T> {
    this.#check(syscall);
    return this.#begin(call, lanes);
  }

  /** Closes it when the calls under way have ended. Again: the same Promise. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #check(syscall: string): void {
    if (this.#closing !== undefined) throw fileClosedError(syscall);
  }

  #begin<T>(call: Call<T>, lanes: Lanes = this.#lanes): Promise<T> {
    this.#held++;
    return lanes.start(call, this.#lane);
  }

  #transferInParts({ pieces, syscall, position }: Transfer, lanes: Lanes): Promise<number> {
    const { staging } = lanes;
    const { pieceBytes } = staging;
    const count = (bytes: number): number => bytes;
    return lanes.job(async () => {
      this.#held++; // between two parts, too
      try {
        let moved = 0;
        for (const piece of pieces)
          for (let at = 0; at < piece.length; at += pieceBytes) {
            const part = piece.subarray(at, at + pieceBytes);
            const where = position < 0 ? position : position + moved;
            const transfer = { syscall, pieces: [part], length: part.length, position: where };
            const call = new TransferCall(this, transfer, staging, count);
            const bytes = await this.#begin(call, lanes);
            moved += bytes;
            if (bytes < part.length) return moved;
          }
        return moved;
      } finally {
        this.drop();
      }
    });
  }

  #close(): Promise<void> {
    return this.#lanes.job(async () => {
      if (this.#held > 0)
        await new Promise<void>((resolve) => {
          this.#whenUnused = resolve;
        });
      this.#lanes.descriptors.delete(this);
      this.#whenUnused = undefined;
      await this.#begin(new DescriptorCall(close, this));
    });
  }
}
