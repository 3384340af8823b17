/** The end of a ring, told to everybody who may sleep on it. */
import { fail } from '../abi/errno.ts';
import { CONTROL, RING_STATE } from '../abi/layout.ts';
import { CallDesk } from './call.ts';
import type { Region } from './region.ts';

// Who ends a ring is its executor, or whoever knows that its executor is no more:
//   E5  load(callSeq): a call in progress? answer it with what became of it (K3 to K5 of call.ts)
//   E6  store(ringState)
//   E7  store(sqWake, + 1), notify; store(cqWake, + 1), notify: the wake-ups of the two queues
//   E8  load(callSeq): a call that came too late? answer it with -EBADF
// A sleeper for space or completions loads ringState after its wake word and before it sleeps, so
// it sees E6 or is woken by E7 (argued in submission.ts and completion.ts). A caller stores callSeq
// and then loads ringState, so it sees E6, or E8 sees its call. One that sees E6 looks at callDone
// again: the call that closed the ring was answered at E5, before E6.

function wake(words: Int32Array, word: number): void {
  const next = (Atomics.load(words, word) + 1) | 0; // E7
  Atomics.store(words, word, next); // E7
  Atomics.notify(words, word); // E7, all
}

function answerOpenCall(region: Region, result: number): void {
  const desk = new CallDesk(region);
  const seq = desk.newest(); // E5, E8
  if (seq !== desk.answered()) desk.answer(seq, result);
}

function tell(words: Int32Array, state: number): void {
  Atomics.store(words, CONTROL.ringState, state); // E6
  wake(words, CONTROL.sqWake);
  wake(words, CONTROL.cqWake);
}

/** Retires the ring: it still answers calls. */
export function retireRegion({ words }: Region): void {
  tell(words, RING_STATE.RETIRED);
}

/** Closes the ring for good; a call in progress is answered with `result`. */
export function closeRegion(region: Region, result: number): void {
  answerOpenCall(region, result); // E5
  tell(region.words, RING_STATE.CLOSED);
  answerOpenCall(region, fail('EBADF')); // E8
}
