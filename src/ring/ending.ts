/** The end of a ring, told to everybody who may sleep on it. */
import { CONTROL, type RING_STATE } from '../abi/layout.ts';
import { CallDesk } from './call.ts';
import type { Region } from './region.ts';

// Who ends a ring is its executor, or whoever knows that its executor is no more:
//   E6  store(ringState)
//   E7  store(sqWake, + 1), notify; store(cqWake, + 1), notify: steps E5 and E4 of the two queues
//   E8  load(callSeq): a call nobody answered? answer it (K3 to K5 of call.ts)
// A sleeper for space or completions loads ringState after its wake word and before it sleeps, so
// it sees E6 or is woken by E7 (argued in submission.ts and completion.ts). A caller stores callSeq
// and then loads ringState, so it sees E6, or E8 sees its call.

type Ended = typeof RING_STATE.RETIRED | typeof RING_STATE.CLOSED;

function wake(words: Int32Array, word: number): void {
  const next = (Atomics.load(words, word) + 1) | 0; // E7
  Atomics.store(words, word, next); // E7
  Atomics.notify(words, word); // E7, all
}

/** Ends the ring; a call in progress is answered with `result`, if one is given. */
export function endRegion(region: Region, state: Ended, result?: number): void {
  const { words } = region;
  Atomics.store(words, CONTROL.ringState, state); // E6
  wake(words, CONTROL.sqWake);
  wake(words, CONTROL.cqWake);
  if (result === undefined) return;
  const desk = new CallDesk(region);
  const seq = desk.newest(); // E8
  if (seq !== desk.answered()) desk.answer(seq, result);
}
