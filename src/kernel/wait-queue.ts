/** Who waits for an object of the kernel to become ready, in the order in which they came. */
import { POLL } from '../abi/poll.ts';

// An object that can be ready has a queue. Whoever changes it (bytes came, room was made, an end
// closed) says which events that may be, and each waiter that listens for one of them is told. To
// be told is no promise: a waiter looks for itself, and stays in the queue until it leaves. It is
// told in the middle of somebody else's work, so it only notes that it has something to do.

/** Shown to every waiter, whatever it listens for. */
const ALWAYS = POLL.ERR | POLL.HUP;

/** One place in a queue. */
export abstract class Waiter {
  /** POLL bits it listens for. */
  events = 0;
  /** The queue it is in; the links belong to that queue. */
  queue: WaitQueue | undefined;
  next: Waiter | undefined;
  previous: Waiter | undefined;

  /** The object may show `events`. It may leave its queue now, and must not enter another one. */
  abstract woken(events: number): void;

  /** Leaves its queue, if it is in one. */
  leave(): void {
    this.queue?.remove(this);
  }
}

/** The waiters of one object. Joining and leaving cost the same however many wait. */
export class WaitQueue {
  #first: Waiter | undefined;
  #last: Waiter | undefined;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** Adds a waiter that is in no queue, behind the others. */
  add(waiter: Waiter, events: number): void {
    waiter.events = events | ALWAYS;
    waiter.queue = this;
    waiter.previous = this.#last;
    waiter.next = undefined;
    if (this.#last === undefined) this.#first = waiter;
    else this.#last.next = waiter;
    this.#last = waiter;
  }

  /** Takes out a waiter that is in this queue. */
  remove(waiter: Waiter): void {
    const { next, previous } = waiter;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    waiter.queue = undefined;
    waiter.next = undefined;
    waiter.previous = undefined;
  }

  /** Tells those that listen for one of `events`, first come, first told. */
  wake(events: number): void {
    for (let waiter = this.#first; waiter !== undefined; ) {
      const { next } = waiter;
      if ((waiter.events & events) !== 0) waiter.woken(events);
      waiter = next;
    }
  }

  /** Those in the queue, first come first; to be looked at, not changed, meanwhile. */
  *[Symbol.iterator](): Generator<Waiter> {
    for (let waiter = this.#first; waiter !== undefined; waiter = waiter.next) yield waiter;
  }
}
