/** A waiter that notes what it is told. */
import type { Pollable } from '../../../../src/kernel/open-file.ts';
import { Waiter } from '../../../../src/kernel/wait-queue.ts';

/** Stays in its queue. */
export class Told extends Waiter {
  readonly #events: number[] = [];

  /** Waits for `events` of an object from now on. */
  constructor(object: Pollable, events: number) {
    super();
    object.waiters.add(this, events);
  }

  woken(events: number): void {
    this.#events.push(events & this.events);
  }

  /** What it listens for and was told since the last look. */
  look(): number[] {
    return this.#events.splice(0);
  }
}
