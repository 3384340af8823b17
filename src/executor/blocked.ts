/** A request's place in the wait queue of an object: woken, it goes on in the next turn. */
import type { Request } from '../kernel/request.ts';
import { Waiter } from '../kernel/wait-queue.ts';

/** Lets a request go on. */
type GoOn = (request: Request) => void;

/** Made for a record when a request first blocks, and kept with it. */
export class Blocked extends Waiter {
  readonly #request: Request;
  readonly #goOn: GoOn;

  constructor(request: Request, goOn: GoOn) {
    super();
    this.#request = request;
    this.#goOn = goOn;
  }

  woken(): void {
    this.leave();
    this.#goOn(this.#request);
  }
}
