/** DRAIN: requests that wait until everything before them is over (SEMANTICS E). */
import { SQE_FLAG } from '../abi/flags.ts';
import { SQE_SHIFT } from '../abi/layout.ts';
import type { Request } from '../kernel/request.ts';
import { type AddWork, chainLength } from './chains.ts';
import { WORK } from './task-work.ts';

// From the first drained entry on, whatever is read waits in one line (a chain as one), with its
// head in front. Let `active` be the requests of the ring that are not over, and `held` those in
// the line. The first in line may begin when nothing else is active: active = held. Behind it, what
// is not drained begins with it; a drained one, and whatever follows one, waits until all before it
// is over again. That is Linux's own rule, by its counts, so that what follows a barrier also waits
// for what began behind an earlier one.
// The line is left alone again when an entry that is not drained found nothing to wait for.

const DRAIN = SQE_FLAG.IO_DRAIN << SQE_SHIFT.flags;

/** Whether an entry asks for a barrier. */
export const isDrained = (head: number): boolean => (head & DRAIN) !== 0;

/** The line of one ring. */
export class Barrier {
  /** Entries that are read go into the line. */
  isUp = false;
  /** A drained entry was read inside a chain: what follows that chain is drained as well. */
  drainsNext = false;
  #line: Request[] = [];
  #held = 0;

  /** Requests in the line, members of chains included. */
  get held(): number {
    return this.#held;
  }

  /** An entry asked for a barrier; `head` is that of the chain it is in, if it is in one. */
  raise(request: Request, head: Request | undefined): void {
    this.isUp = true;
    request.isDrained = true;
    if (head === undefined) return;
    head.isDrained = true;
    this.drainsNext = true;
  }

  /** The next entry, or chain, after one with a barrier inside. */
  drainIfNext(request: Request): void {
    if (!this.drainsNext) return;
    this.drainsNext = false;
    this.isUp = true;
    request.isDrained = true;
  }

  /** Puts an entry, or the head of a chain, in the line; what may begin does. */
  hold(request: Request, active: number, add: AddWork): void {
    this.#line.push(request);
    this.#held += chainLength(request);
    this.advance(active, add);
    if (!request.isDrained && this.#line.length === 0) this.isUp = false;
  }

  /** Something ended, or came: lets begin what may. */
  advance(active: number, add: AddWork): void {
    let [sawDrained, isFirst, begun] = [false, true, 0];
    for (const request of this.#line) {
      sawDrained ||= request.isDrained;
      if ((sawDrained || isFirst) && active !== this.#held) break;
      this.#held -= chainLength(request);
      add(request, WORK.START, 0);
      isFirst = false;
      begun++;
    }
    if (begun > 0) this.#line = this.#line.slice(begun);
  }
}
