/** Who may use a process's ends of a ring: one thread at a time, and what became of the ring. */
import { CONTROL } from '../abi/layout.ts';
import type { Region } from './region.ts';

// Law 1 gives each ring one submitting and one reaping thread. The claim word lets the first thread
// in and turns away the second. It is law 1's third exception: whoever comes writes it.
//   B1  compareExchange(claim, 0, 1) = 0: mine     B2  store(claim, 0): the next may have it
// B1 of the next reads what B2 stored, so all that the first thread did to the ring is behind it.
// What became of the ring is the executor's to say (E6 of ending.ts stores ringState):
//   B3  load(ringState)

/** Claims the process's ends for the calling thread; false when another one has them (EEXIST). */
export const claimRing = ({ words }: Region): boolean =>
  Atomics.compareExchange(words, CONTROL.submitterClaim, 0, 1) === 0; // B1

/** Lets another thread claim them. */
export function unclaimRing({ words }: Region): void {
  Atomics.store(words, CONTROL.submitterClaim, 0); // B2
}

/** RING_STATE of the ring as last published. */
export function ringState({ words }: Region): number {
  return Atomics.load(words, CONTROL.ringState); // B3
}
