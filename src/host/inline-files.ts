/** The file calls of Node for a kernel on the caller's thread: nothing is handed to the pool. */
import { NodeFiles } from './files.ts';
import type { PooledCalls } from './pooled-files.ts';

type Done = (res: number) => void;
type Calls = { readonly [K in keyof PooledCalls]: (...args: unknown[]) => number };

/**
 * As NodeFiles, but later() carries the call out at once. An inline kernel runs inside enter(), so
 * the answer of a pool could not arrive while it waits for it.
 */
export class InlineFiles extends NodeFiles {
  override later<K extends keyof PooledCalls>(
    call: K,
    args: Parameters<NodeFiles[K]>,
    done: Done,
  ): void {
    const calls = this as unknown as Calls;
    done(calls[call](...args));
  }
}
