/** Mutants of the queues: publishing, reclaiming, counting across the wrap, trust. */
import type { Mutant } from './mutant.ts';

const SUBMISSION = 'src/ring/submission.ts';
const COMPLETION = 'src/ring/completion.ts';
const CALL = 'src/ring/call.ts';
const submission = ['test/unit/ring/submission.test.ts'];
const completion = ['test/unit/ring/completion.test.ts'];
const submissionModel = ['test/model/submission.test.ts'];
const completionModel = ['test/model/completion.test.ts'];
const callModel = ['test/model/call.test.ts'];

export const ringMutants: readonly Mutant[] = [
  {
    name: 'lines of SQEs are claimed that are in flight',
    file: SUBMISSION,
    find: 'const free = this.#entries - ((this.#tail - this.#headSeen) | 0);',
    replace: 'const free = this.#entries;',
    tests: submission,
  },
  {
    name: 'lines of SQEs are claimed that the owner of the index array may use',
    file: SUBMISSION,
    find: 'if (this.#indexed) return;',
    replace: '',
    tests: submission,
  },
  {
    name: 'lines of CQEs are claimed that nobody reaped',
    file: COMPLETION,
    find: 'const end = this.room(count);',
    replace: 'const end = count;',
    tests: completion,
  },
  {
    name: 'an SQE is published before it is written (S2 before S1)',
    file: SUBMISSION,
    find: '    this.#tail = (this.#tail + 1) | 0;\n',
    replace:
      '    this.#tail = (this.#tail + 1) | 0;\n' +
      '    Atomics.store(this.#words, SQ_TAIL, this.#tail);\n',
    tests: submissionModel,
  },
  {
    name: 'a CQE is published before it is written (E2 before E1)',
    file: COMPLETION,
    find: '    this.#tail = (this.#tail + 1) | 0;\n',
    replace:
      '    this.#tail = (this.#tail + 1) | 0;\n' +
      '    Atomics.store(this.#words, CQ_TAIL, this.#tail);\n',
    tests: completionModel,
  },
  {
    name: 'the tail of the SQ is stored without a barrier',
    file: SUBMISSION,
    find: 'Atomics.store(this.#words, SQ_TAIL, this.#tail); // S2',
    replace: 'this.#words[SQ_TAIL] = this.#tail;',
    tests: submissionModel,
  },
  {
    name: 'the head of the CQ is stored without a barrier',
    file: COMPLETION,
    find: 'Atomics.store(this.#words, CQ_HEAD, this.#head); // R3',
    replace: 'this.#words[CQ_HEAD] = this.#head;',
    tests: completionModel,
  },
  {
    name: 'an SQ slot is handed back before it is read (E3 before E2)',
    file: SUBMISSION,
    find: '    return count > this.#entries ? CORRUPT : count;\n',
    replace:
      '    Atomics.store(this.#words, SQ_HEAD, (this.#head + count) | 0);\n' +
      '    return count > this.#entries ? CORRUPT : count;\n',
    tests: submissionModel,
  },
  {
    name: 'a CQ slot is handed back before it is read (R3 before R2)',
    file: COMPLETION,
    find: '    return (this.#tailSeen - this.#head) | 0;\n',
    replace:
      '    Atomics.store(this.#words, CQ_HEAD, this.#tailSeen);\n' +
      '    return (this.#tailSeen - this.#head) | 0;\n',
    tests: completionModel,
  },
  {
    name: 'an SQ is full one entry late',
    file: SUBMISSION,
    find: '      if (((this.#tail - this.#headSeen) | 0) === this.#entries) return FULL;\n',
    replace: '      if (((this.#tail - this.#headSeen) | 0) > this.#entries) return FULL;\n',
    tests: submission,
  },
  {
    name: 'the first look for SQ space is not counted in int32',
    file: SUBMISSION,
    find: '    if (((this.#tail - this.#headSeen) | 0) === this.#entries) {\n',
    replace: '    if (this.#tail - this.#headSeen === this.#entries) {\n',
    tests: submission,
  },
  {
    name: 'the second look for SQ space is not counted in int32',
    file: SUBMISSION,
    find: '      if (((this.#tail - this.#headSeen) | 0) === this.#entries) return FULL;\n',
    replace: '      if (this.#tail - this.#headSeen === this.#entries) return FULL;\n',
    tests: submission,
  },
  {
    name: 'the entries to publish are not counted in int32',
    file: SUBMISSION,
    find: 'const count = (this.#tail - this.#published) | 0;',
    replace: 'const count = this.#tail - this.#published;',
    tests: submission,
  },
  {
    name: 'the entries to serve are not counted in uint32',
    file: SUBMISSION,
    find: 'const count = (Atomics.load(this.#words, SQ_TAIL) - this.#head) >>> 0; // E1',
    replace: 'const count = Atomics.load(this.#words, SQ_TAIL) - this.#head; // E1',
    tests: submission,
  },
  {
    name: 'the CQEs to reap are not counted in int32',
    file: COMPLETION,
    find: '    return (this.#tailSeen - this.#head) | 0;\n',
    replace: '    return this.#tailSeen - this.#head;\n',
    tests: completion,
  },
  {
    name: 'the look for CQ space is not counted in uint32',
    file: COMPLETION,
    find: 'if ((this.#tail - this.#headSeen) >>> 0 >= this.#entries) {',
    replace: 'if (this.#tail - this.#headSeen >= this.#entries) {',
    tests: completion,
  },
  {
    name: 'the wish of a reaper is not compared in int32',
    file: COMPLETION,
    find: 'const short = (this.#tail - Atomics.load(words, CQ_WANTED)) | 0; // E3',
    replace: 'const short = this.#tail - Atomics.load(words, CQ_WANTED); // E3',
    tests: [...completion, 'test/model/waits.test.ts'],
  },
  {
    name: 'a tail that cannot be is believed',
    file: SUBMISSION,
    find: 'return count > this.#entries ? CORRUPT : count;',
    replace: 'return count;',
    tests: submission,
  },
  {
    name: 'a head that cannot be is believed',
    file: COMPLETION,
    find: 'return used > this.#entries ? CORRUPT : used;',
    replace: 'return used;',
    tests: completion,
  },
  {
    name: 'a head that cannot be makes room',
    file: COMPLETION,
    find: 'if (used === CORRUPT || used === this.#entries) return FULL;',
    replace: 'if (used === this.#entries) return FULL;',
    tests: completion,
  },
  {
    name: 'an array index is compared with its sign',
    file: SUBMISSION,
    find: 'if (index >>> 0 >= this.#entries) return DROPPED;',
    replace: 'if (index >= this.#entries) return DROPPED;',
    tests: submission,
  },
  {
    name: 'the executor reads back the head it published',
    file: SUBMISSION,
    find: 'const count = (Atomics.load(this.#words, SQ_TAIL) - this.#head) >>> 0; // E1\n',
    replace:
      '    this.#head = Atomics.load(this.#words, SQ_HEAD);\n' +
      '    const count = (Atomics.load(this.#words, SQ_TAIL) - this.#head) >>> 0; // E1\n',
    tests: submission,
  },
  {
    name: 'a call is announced before it is written (C2 before C1)',
    file: CALL,
    find:
      '    words[CONTROL.callCount] = call.count;\n' +
      '    const seq = (Atomics.load(words, CONTROL.callSeq) + 1) | 0; // C2, its only writer\n' +
      '    Atomics.store(words, CONTROL.callSeq, seq); // C2\n',
    replace:
      '    const seq = (Atomics.load(words, CONTROL.callSeq) + 1) | 0; // C2, its only writer\n' +
      '    Atomics.store(words, CONTROL.callSeq, seq); // C2\n' +
      '    words[CONTROL.callCount] = call.count;\n',
    tests: callModel,
  },
  {
    name: 'a call is answered before its result is written (K4 before K3)',
    file: CALL,
    find: '    this.#words[CONTROL.callResult] = result; // K3\n',
    replace:
      '    Atomics.store(this.#words, CONTROL.callDone, seq);\n' +
      '    this.#words[CONTROL.callResult] = result; // K3\n',
    tests: callModel,
  },
  {
    name: 'a caller is not woken (K5 missing)',
    file: CALL,
    find: '    Atomics.notify(this.#words, CONTROL.callDone); // K5, all\n',
    replace: '',
    tests: callModel,
  },
  {
    name: 'one sleeper of a call is woken where an abandoned one may stand first',
    file: CALL,
    find: 'Atomics.notify(this.#words, CONTROL.callDone); // K5, all',
    replace: 'Atomics.notify(this.#words, CONTROL.callDone, 1);',
    tests: callModel,
  },
];
