/** Exit codes, and the reasons to stop early. */
import { constants } from 'node:os';
import { reasonOf } from './failure.ts';

export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** Exit codes above are those of signals. */
export const SIGNALLED = 128;

/** What a shell shows for a program that a signal ended. */
export const exitCodeOf = (signal: NodeJS.Signals): number => SIGNALLED + constants.signals[signal];

/** Why a command stops before its work is done: a signal, or standard output that is gone. */
export type Interruption = NodeJS.Signals | NodeJS.ErrnoException;

/** Listens for signals; the second one of a kind ends the process as if nobody listened. */
export class Interruptions {
  readonly #controller = new AbortController();
  readonly #listener = (signal: NodeJS.Signals): void => this.interrupt(signal);

  constructor() {
    process.once('SIGINT', this.#listener);
    process.once('SIGTERM', this.#listener);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first reason counts. */
  interrupt(reason: Interruption): void {
    this.#controller.abort(reason);
  }

  /** Undefined while there is no reason to stop. */
  get reason(): Interruption | undefined {
    return this.signal.reason as Interruption | undefined;
  }

  /**
   * The exit code, and what to say about it. A reader that left is nobody's failure: the code is
   * that of SIGPIPE, which ends other programs then, and there is nothing to say.
   */
  ending(): { readonly code: number; readonly message?: string } | undefined {
    const { reason } = this;
    if (reason === undefined) return undefined;
    if (typeof reason === 'string') return { code: exitCodeOf(reason) };
    if (reason.code === 'EPIPE') return { code: exitCodeOf('SIGPIPE') };
    return { code: EXIT.failed, message: `standard output: ${reasonOf(reason)}` };
  }

  /**
   * Whether the process is to end as if by a signal: then nobody closes what would wait for files
   * in flight, which may be large.
   */
  get endsProcess(): boolean {
    return (this.ending()?.code ?? EXIT.ok) > SIGNALLED;
  }

  close(): void {
    process.off('SIGINT', this.#listener);
    process.off('SIGTERM', this.#listener);
  }
}
