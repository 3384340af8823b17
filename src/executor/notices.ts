/** The eventfd that a ring has registered to be told by that completions were posted (C9). */
import type { EventFd } from '../kernel/ipc/eventfd.ts';
import type { CompletionSink } from '../ring/completion.ts';

/** One registration; holds its eventfd until it is removed. */
export class Notices {
  readonly #eventFd: EventFd;
  /** Told only of what was posted outside of a submission (REGISTER_EVENTFD_ASYNC). */
  readonly #asyncOnly: boolean;

  constructor(eventFd: EventFd, asyncOnly: boolean) {
    eventFd.hold();
    this.#eventFd = eventFd;
    this.#asyncOnly = asyncOnly;
  }

  /** A batch was posted; `inLine`: by the submission that it was submitted with. */
  posted(sink: CompletionSink, inLine: boolean): void {
    if ((inLine && this.#asyncOnly) || sink.isMute) return;
    this.#eventFd.signal();
  }

  remove(): void {
    this.#eventFd.drop();
  }
}
