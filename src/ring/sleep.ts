/** A thread's sleep for a time: a wait on a word that nobody else has. */

// Z1 waits on a word that no one notifies, so only the time ends it.

/** Blocks the calling thread for `durationMs`. */
export function sleepThread(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs); // Z1
}
