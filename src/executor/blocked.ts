/** A request's place in the wait queue of an object: woken, it goes on in its turn. */
import type { Request } from '../kernel/request.ts';
import { Waiter } from '../kernel/wait-queue.ts';
import type { AddWork } from './chains.ts';
import { WORK } from './task-work.ts';

/** Made for a record when a request first blocks, and kept with it. */
export class Blocked extends Waiter {
  readonly #request: Request;
  readonly #add: AddWork;

  constructor(request: Request, add: AddWork) {
    super();
    this.#request = request;
    this.#add = add;
  }

  woken(): void {
    this.leave();
    this.#add(this.#request, WORK.RESUME, 0);
  }
}
