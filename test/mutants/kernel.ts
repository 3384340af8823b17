/** Mutants of the request machine and the ledger: order of commits, adoption, counting, silence. */
import type { Mutant } from './mutant.ts';

const CRASH = ['test/sim/crash.test.ts'];
const ENTER = ['test/unit/executor/enter.test.ts'];
const SCENARIOS = ['test/conformance/conformance.test.ts'];

/** Each breaks one sentence of ledger.ts or one rule of SEMANTICS.md. */
export const kernelMutants: readonly Mutant[] = [
  {
    name: 'T2 is skipped: entries run before their head is committed',
    file: 'src/executor/intake.ts',
    find: 'this.#ledger.commitHead(ring.slot, (ring.source.head + this.passed) | 0);',
    replace: '',
    tests: CRASH,
  },
  {
    name: 'R1 is skipped: a request that ran is called cancelled',
    file: 'src/executor/machine.ts',
    find: 'this.ledger.start(request.row);',
    replace: '',
    tests: CRASH,
  },
  {
    name: 'R2 out of order: FINISHED before the result stands',
    file: 'src/ring/ledger.ts',
    find:
      'words[at + RES] = res;\n    words[at + FLAGS] = flags;\n' +
      '    words[at + CQ_INDEX] = cqIndex;\n    words[at + STATE] = FINISHED;',
    replace:
      'words[at + STATE] = FINISHED;\n    words[at + CQ_INDEX] = cqIndex;\n' +
      '    words[at + FLAGS] = flags;\n    words[at + RES] = res;',
    tests: CRASH,
  },
  {
    name: 'P2 is skipped: posted rows are posted again by the successor',
    file: 'src/executor/outbox.ts',
    find: 'ledger.commitTail(ring.slot, sink.tail, posted);',
    replace: '',
    tests: CRASH,
  },
  {
    name: 'P3 before P2: rows are freed before their CQEs are committed',
    file: 'src/executor/outbox.ts',
    find: 'ledger.commitTail(ring.slot, sink.tail, posted);\n      this.#free(ring, posted);',
    replace: 'this.#free(ring, posted);\n      ledger.commitTail(ring.slot, sink.tail, posted);',
    tests: CRASH,
  },
  {
    name: 'a freed row gives no slot of the quota back',
    file: 'src/executor/outbox.ts',
    find: 'ring.inFlight -= count;',
    replace: '',
    tests: CRASH,
  },
  {
    name: 'adoption forgets requests that had started',
    file: 'src/executor/adopt.ts',
    find: 'default:\n      return false;',
    replace: 'default:\n      return true;',
    tests: CRASH,
  },
  {
    name: 'adoption ends requests that never existed',
    file: 'src/executor/adopt.ts',
    find: 'return ahead < ring.region.geometry.sqEntries;',
    replace: 'return ahead < 0;',
    tests: CRASH,
  },
  {
    name: 'adoption posts again what was posted',
    file: 'src/executor/adopt.ts',
    find: '| 0) > 0;',
    replace: '| 0) > 1;',
    tests: CRASH,
  },
  {
    name: 'adoption calls dead requests done',
    file: 'src/executor/adopt.ts',
    find: "res: fail(state === ROW_STATE.STARTED ? 'EOWNERDEAD' : 'ECANCELED'),",
    replace: "res: fail('ECANCELED'),",
    tests: CRASH,
  },
  {
    name: 'the quota of a ring is not looked at',
    file: 'src/executor/intake.ts',
    find: 'rowsLeft-- > 0 ?',
    replace: 'rowsLeft-- > -1e9 ?',
    tests: ENTER,
  },
  {
    name: 'a bad entry does not end the batch (B3)',
    file: 'src/executor/intake.ts',
    find: '!== 0 && ring.stopsAtBadEntry)',
    replace: '!== 0 && ring.slot < 0)',
    tests: ENTER,
  },
  {
    name: 'an ended ring leaves its deadlines armed',
    file: 'src/executor/machine.ts',
    find: 'this.#disarm(this.requests.of(row), ring);\n      ledger.free(row);',
    replace: 'ledger.free(row);',
    tests: ENTER,
  },
  {
    name: 'the expiry of a TIMEOUT wakes nobody early (B6)',
    file: 'src/ops/timeout.ts',
    find: 'kernel.countTimeout(request);',
    replace: '',
    tests: ENTER,
  },
  {
    name: 'timeouts count for timeouts (G2)',
    file: 'src/executor/outbox.ts',
    find: 'if (counting && !this.#requests.of(row).operation.uncounted)',
    replace: 'if (counting)',
    tests: ENTER,
  },
  {
    name: 'a silent success posts (F1)',
    file: 'src/executor/machine.ts',
    find: 'if (silent && request.failure === 0',
    replace: 'if (silent && request.failure === 1',
    tests: ENTER,
  },
  {
    name: 'a plain submission flushes the backlog (C6)',
    file: 'src/executor/outbox.ts',
    find: "if (ring.overflowed && ring.mode === 'enter') {",
    replace: 'if (ring.slot < 0) {',
    tests: ENTER,
  },
  {
    name: 'CQ_OVERFLOW stays up when the backlog is gone',
    file: 'src/executor/outbox.ts',
    find: 'ring.sink.setSqFlag(SQ_FLAG.CQ_OVERFLOW, false);',
    replace: '',
    tests: SCENARIOS,
  },
  {
    name: 'a throw inside an operation escapes',
    file: 'src/executor/machine.ts',
    find: 'this.#bug(error);\n      this.#disarm(request, request.ring as KernelRing);',
    replace: 'throw error;',
    tests: ['test/unit/executor/machine.test.ts'],
  },
];
