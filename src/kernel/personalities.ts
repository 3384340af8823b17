/** The personalities of one ring: credentials that it registered, to be used by number. */
import { fail, type Res } from '../abi/errno.ts';
import { PERSONALITIES_MAX } from '../abi/limits.ts';

// All processes of this kernel have one owner, so a personality changes nothing.

/** Numbers from 1 on; one that was given back comes again only when all were used. */
export class Personalities {
  readonly #ids = new Set<number>();
  #next = 1;

  has(id: number): boolean {
    return this.#ids.has(id);
  }

  /** A new number, or -EBUSY when there is none left. */
  register(): Res {
    if (this.#ids.size === PERSONALITIES_MAX) return fail('EBUSY');
    while (this.#ids.has(this.#next)) this.#advance();
    const id = this.#next;
    this.#ids.add(id);
    this.#advance();
    return id;
  }

  /** 0, or -EINVAL for a number that is not in use. */
  unregister(id: number): Res {
    return this.#ids.delete(id) ? 0 : fail('EINVAL');
  }

  #advance(): void {
    this.#next = this.#next === PERSONALITIES_MAX ? 1 : this.#next + 1;
  }
}
