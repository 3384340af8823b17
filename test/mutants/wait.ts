/** Mutants of waiting and waking: for CQEs, for SQ space, for CQ space, for the end of a ring. */
import type { Mutant } from './mutant.ts';

const SUBMISSION = 'src/ring/submission.ts';
const COMPLETION = 'src/ring/completion.ts';
const WAIT = 'src/ring/wait.ts';
const ENDING = 'src/ring/ending.ts';
const CALL = 'src/ring/call.ts';
const ENDS = 'test/model/explorer/ends.ts';
const waits = ['test/model/waits.test.ts'];
const calls = ['test/model/call.test.ts'];
const overflow = ['test/model/overflow.test.ts'];

// Not listed, because nothing can tell them from the original:
//   - W1 with cqWaiting before cqWanted: W3 follows both, and sees the tail that E3 misjudged.
//   - W5 left out: a reaper that is not asleep is notified in vain.
//   - `| 0` left out of an index that is only stored, masked or subtracted under another `| 0`.

export const waitMutants: readonly Mutant[] = [
  {
    name: 'a reaper sleeps without looking again (W3 missing)',
    file: WAIT,
    find: '      over = this.#over(wanted, timeouts);\n      if (over) break;\n',
    replace: '',
    tests: waits,
  },
  {
    name: 'a reaper looks for its wake-up after it looked for CQEs (W2 after W3)',
    file: WAIT,
    find:
      '      const seen = Atomics.load(words, CONTROL.cqWake); // W2\n' +
      '      over = this.#over(wanted, timeouts);\n' +
      '      if (over) break;\n',
    replace:
      '      over = this.#over(wanted, timeouts);\n' +
      '      if (over) break;\n' +
      '      const seen = Atomics.load(words, CONTROL.cqWake); // W2\n',
    tests: waits,
  },
  {
    name: 'a reaper says that it waits only when it is about to sleep (W1 after W3)',
    file: WAIT,
    find: '    Atomics.store(words, CONTROL.cqWaiting, 1); // W1\n' + '    let over = false;\n',
    replace:
      '    let over = this.#over(wanted, timeouts);\n' +
      '    const begun = Atomics.load(words, CONTROL.cqWake);\n' +
      '    Atomics.store(words, CONTROL.cqWaiting, 1); // W1\n' +
      '    if (!over) Atomics.wait(words, CONTROL.cqWake, begun, limits.timeoutMs);\n',
    tests: waits,
  },
  {
    name: 'a reaper wants more than its ring can hold',
    file: WAIT,
    find:
      '    const wanted = Math.min(count, this.#queue.entries);\n' +
      '    if (this.#over(wanted, timeouts)) return true;\n',
    replace: '    const wanted = count;\n    if (this.#over(wanted, timeouts)) return true;\n',
    tests: waits,
  },
  {
    name: 'a reaper does not look for expired timeouts',
    file: WAIT,
    find: 'Atomics.load(this.#words, CONTROL.cqTimeouts) !== timeouts',
    replace: 'false',
    tests: waits,
  },
  {
    name: 'a reaper does not look for the end of its ring',
    file: WAIT,
    find: '      Atomics.load(this.#words, CONTROL.ringState) >= RING_STATE.RETIRED // W3\n    );',
    replace: '      false\n    );',
    tests: waits,
  },
  {
    name: 'a submitter does not look for the end of its ring',
    file: WAIT,
    find: 'if (room || this.#ended()) break;\n      Atomics.wait(',
    replace: 'if (room) break;\n      Atomics.wait(',
    tests: waits,
  },
  {
    name: 'the executor looks for a sleeping reaper before it stores the tail (stale E3)',
    file: COMPLETION,
    find: '    Atomics.store(words, CQ_TAIL, this.#tail); // E2\n',
    replace:
      '    const waiting = Atomics.load(words, CQ_WAITING);\n' +
      '    Atomics.store(words, CQ_TAIL, this.#tail); // E2\n' +
      '    if (waiting === 0 && !forced) return;\n',
    tests: waits,
  },
  {
    name: 'expired timeouts are told after the executor looked for a sleeper',
    file: COMPLETION,
    find: '    if (forced) {\n',
    replace:
      '    if (forced) {\n' +
      '      const waiting = Atomics.load(words, CQ_WAITING);\n' +
      '      Atomics.store(words, CQ_TIMEOUTS, this.#timeouts);\n' +
      '      this.#forced = false;\n' +
      '      if (waiting === 0) return;\n' +
      '    }\n' +
      '    if (forced) {\n',
    tests: waits,
  },
  {
    name: 'an expired timeout wakes nobody who wants CQEs',
    file: COMPLETION,
    find: 'if (forced || short >= 0) this.wake();',
    replace: 'if (short >= 0) this.wake();',
    tests: waits,
  },
  {
    name: 'a reaper is woken for less than it wants',
    file: COMPLETION,
    find: 'if (forced || short >= 0) this.wake();',
    replace: 'this.wake();',
    tests: waits,
  },
  {
    name: 'a reaper is notified without a change of cqWake',
    file: COMPLETION,
    find: '    Atomics.store(this.#words, CQ_WAKE, next); // E4\n',
    replace: '',
    tests: waits,
  },
  {
    name: 'one reaper is woken where an abandoned one may stand first',
    file: COMPLETION,
    find: 'Atomics.notify(this.#words, CQ_WAKE); // E4, all sleepers',
    replace: 'Atomics.notify(this.#words, CQ_WAKE, 1);',
    tests: waits,
  },
  {
    name: 'sleepers are woken before the end of the ring is told (E7 before E6)',
    file: ENDING,
    find:
      '  Atomics.store(words, CONTROL.ringState, state); // E6\n' +
      '  wake(words, CONTROL.sqWake);\n' +
      '  wake(words, CONTROL.cqWake);\n',
    replace:
      '  wake(words, CONTROL.sqWake);\n' +
      '  wake(words, CONTROL.cqWake);\n' +
      '  Atomics.store(words, CONTROL.ringState, state); // E6\n',
    tests: waits,
  },
  {
    name: 'the end of a ring wakes no reaper',
    file: ENDING,
    find: '  wake(words, CONTROL.cqWake);\n',
    replace: '',
    tests: waits,
  },
  {
    name: 'the end of a ring wakes no submitter',
    file: ENDING,
    find: '  wake(words, CONTROL.sqWake);\n',
    replace: '',
    tests: waits,
  },
  {
    name: 'the end of a ring is notified without a change of the wake words',
    file: ENDING,
    find: '  Atomics.store(words, word, next); // E7\n',
    replace: '',
    tests: waits,
  },
  {
    name: 'the end of a ring forgets the call in progress (E8 missing)',
    file: ENDING,
    find: "  answerOpenCall(region, fail('EBADF')); // E8\n",
    replace: '',
    tests: calls,
  },
  {
    name: 'the end of a ring looks for late calls before it is told (E8 before E6)',
    file: ENDING,
    find:
      '  tell(region.words, RING_STATE.CLOSED);\n' +
      "  answerOpenCall(region, fail('EBADF')); // E8\n",
    replace: "  answerOpenCall(region, fail('EBADF'));\n  tell(region.words, RING_STATE.CLOSED);\n",
    tests: calls,
  },
  {
    name: 'the call that closes a ring is answered only after the end is told (E5 after E6)',
    file: ENDING,
    find: '  answerOpenCall(region, result); // E5\n  tell(region.words, RING_STATE.CLOSED);\n',
    replace: '  tell(region.words, RING_STATE.CLOSED);\n  answerOpenCall(region, result);\n',
    tests: calls,
  },
  {
    name: 'a caller does not look for the end of its ring',
    file: CALL,
    find: '      if (this.#closed()) return this.#lastAnswer(seq);\n      Atomics.wait(',
    replace: '      Atomics.wait(',
    tests: calls,
  },
  {
    name: 'a submitter that sleeps for space is not woken (E4 missing)',
    file: SUBMISSION,
    find: '    if (wanted !== 0) this.wake();\n',
    replace: '',
    tests: waits,
  },
  {
    name: 'the executor looks for a sleeping submitter before it stores the head (E4 before E3)',
    file: SUBMISSION,
    find:
      '    Atomics.store(this.#words, SQ_HEAD, this.#head); // E3\n' +
      '    const wanted = Atomics.load(this.#words, SQ_WANTED); // E4\n',
    replace:
      '    const wanted = Atomics.load(this.#words, SQ_WANTED); // E4\n' +
      '    Atomics.store(this.#words, SQ_HEAD, this.#head); // E3\n',
    tests: waits,
  },
  {
    name: 'a submitter is notified without a change of sqWake',
    file: SUBMISSION,
    find: '    Atomics.store(this.#words, SQ_WAKE, next); // E5\n',
    replace: '',
    tests: waits,
  },
  {
    name: 'one submitter is woken where an abandoned one may stand first',
    file: SUBMISSION,
    find: 'Atomics.notify(this.#words, SQ_WAKE); // E5, all sleepers',
    replace: 'Atomics.notify(this.#words, SQ_WAKE, 1);',
    tests: waits,
  },
  {
    name: 'a submitter sleeps for space without looking again (W3 missing)',
    file: WAIT,
    find:
      '      room = hasRoom();\n' +
      '      if (room || this.#ended()) break;\n' +
      '      Atomics.wait(',
    replace: '      Atomics.wait(',
    tests: waits,
  },
  {
    name: 'cqHead is not loaded again after CQ_OVERFLOW was raised (O2 missing)',
    file: ENDS,
    find: '        if (sink.ready() === this.#region.geometry.cqEntries) break; // O2\n',
    replace: '        break;\n',
    tests: overflow,
  },
  {
    name: 'cqHead is loaded again before CQ_OVERFLOW is raised (O2 before O1)',
    file: ENDS,
    find:
      '        sink.setSqFlag(SQ_FLAG.CQ_OVERFLOW, true); // O1\n' +
      '        if (sink.ready() === this.#region.geometry.cqEntries) break; // O2\n',
    replace:
      '        const full = sink.ready() === this.#region.geometry.cqEntries;\n' +
      '        sink.setSqFlag(SQ_FLAG.CQ_OVERFLOW, true); // O1\n' +
      '        if (full) break; // O2\n',
    tests: overflow,
  },
  {
    name: 'CQ_OVERFLOW is raised where no reaper sees it (O1 missing)',
    file: COMPLETION,
    find: '    Atomics.store(this.#words, SQ_FLAGS, next); // O1\n',
    replace: '',
    tests: overflow,
  },
  {
    name: 'the reaper looks for CQ_OVERFLOW before it stores the head (R4 before R3)',
    file: COMPLETION,
    find:
      '    Atomics.store(this.#words, CQ_HEAD, this.#head); // R3\n' +
      '    return (Atomics.load(this.#words, SQ_FLAGS) & ' +
      'SQ_FLAG.CQ_OVERFLOW) !== 0; // R4\n',
    replace:
      '    const flags = Atomics.load(this.#words, SQ_FLAGS);\n' +
      '    Atomics.store(this.#words, CQ_HEAD, this.#head); // R3\n' +
      '    return (flags & SQ_FLAG.CQ_OVERFLOW) !== 0; // R4\n',
    tests: overflow,
  },
  {
    name: 'the reaper rings nobody after it made room',
    file: ENDS,
    find: 'if (count > 0 && this.#queue.release(count)) this.#bell.ring(); // R4',
    replace: 'if (count > 0) this.#queue.release(count);',
    tests: overflow,
  },
];
