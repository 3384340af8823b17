/** Mutants of the request machine and the ledger: order of commits, adoption, counting, silence. */
import type { Mutant } from './mutant.ts';

const CRASH = ['test/sim/crash.test.ts'];
const ENTER = ['test/unit/executor/enter.test.ts'];
const SCENARIOS = ['test/conformance/conformance.test.ts'];

/** Each breaks one sentence of ledger.ts or one rule of SEMANTICS.md. */
export const kernelMutants: readonly Mutant[] = [
  {
    name: 'B1 is skipped: an entry that ran runs again',
    file: 'src/executor/batch.ts',
    find: 'ledger.announce(record, wanted);',
    replace: '',
    tests: CRASH,
  },
  {
    name: 'B1 stays: entries behind the end of a batch are taken for running',
    file: 'src/executor/batch.ts',
    find: 'if (this.passed < wanted) ledger.announce(record, 0);',
    replace: '',
    tests: CRASH,
  },
  {
    name: 'R3 before R2: a CQE counts that is not written',
    file: 'src/executor/batch.ts',
    find: 'sink.write(slot, request.userDataLow, request.userDataHigh, res!, request.cqeFlags);',
    replace:
      'ledger.step(record);\n' +
      '      sink.write(slot, request.userDataLow, request.userDataHigh, res!, 0);\n' +
      '      ledger.words[record]!--;',
    tests: CRASH,
  },
  {
    name: 'R3 is skipped: head and tail stay behind',
    file: 'src/executor/batch.ts',
    find: 'ledger.step(record);',
    replace: '',
    tests: CRASH,
  },
  {
    name: 'R5 before R4: the head passes an entry that has no row',
    file: 'src/executor/batch.ts',
    find:
      'ledger.keep(row, request, ring.slot, source.head);\n    source.advance();\n' +
      '    ledger.commit(record, source.head, sink.tail);',
    replace:
      'source.advance();\n    ledger.commit(record, source.head, sink.tail);\n' +
      '    ledger.keep(row, request, ring.slot, (source.head - 1) | 0);',
    tests: CRASH,
  },
  {
    name: 'R6 before R5: a row and the entry at the head are both answered',
    file: 'src/executor/batch.ts',
    find: 'ledger.commit(record, source.head, sink.tail);\n    ring.inFlight++;',
    replace:
      'ledger.start(row);\n' +
      '    ledger.commit(record, source.head, sink.tail);\n    ring.inFlight++;',
    tests: CRASH,
  },
  {
    name: 'R7 is skipped: a silent success is served again',
    file: 'src/executor/batch.ts',
    find: 'ledger.commit(record, source.head, sink.tail);\n      request.letGo();',
    replace: 'request.letGo();',
    tests: CRASH,
  },
  {
    name: 'a commit turns to a place that is not written yet',
    file: 'src/ring/ledger.ts',
    find: 'const passed = (head - this.headOf(record)) | 0;',
    replace: 'const passed = (head - this.headOf(record)) | 0;\n    words[record + PLACE] = other;',
    tests: CRASH,
  },
  {
    name: 'a commit leaves the end of the batch where it was',
    file: 'src/ring/ledger.ts',
    find: ' - passed) | 0;',
    replace: ') | 0;',
    tests: CRASH,
  },
  {
    name: 'P2 is skipped: posted rows are posted again by the successor',
    file: 'src/executor/outbox.ts',
    find: 'this.#ledger.commit(record, source.head, sink.tail);',
    replace: '',
    tests: CRASH,
  },
  {
    name: 'P3 before P2: rows are freed before their CQEs are committed',
    file: 'src/executor/outbox.ts',
    find: 'this.#commit(ring, posted);\n      this.#free(ring, posted);',
    replace: 'this.#free(ring, posted);\n      this.#commit(ring, posted);',
    tests: CRASH,
  },
  {
    name: 'adoption ends requests that never counted',
    file: 'src/executor/adopt.ts',
    find: 'return ahead < region.geometry.sqEntries;',
    replace: 'return ahead < 0;',
    tests: CRASH,
  },
  {
    name: 'adoption forgets the entry that ran',
    file: 'src/executor/adopt.ts',
    find: 'if (!ledger.isRunning(record)) return NO_ROW;',
    replace: 'if (record > 0) return NO_ROW;',
    tests: CRASH,
  },
  {
    name: 'adoption calls dead requests cancelled',
    file: 'src/executor/adopt.ts',
    find: "machine.complete(requests.recall(row, ring, ledger), fail('EOWNERDEAD'), 0);",
    replace: "machine.complete(requests.recall(row, ring, ledger), fail('ECANCELED'), 0);",
    tests: CRASH,
  },
  {
    name: 'the quota of a ring is not looked at',
    file: 'src/executor/batch.ts',
    find: 'this.starved = rowsLeft(ring, ledger) === 0;',
    replace: 'this.starved = rowsLeft(ring, ledger) === 1e9;',
    tests: ENTER,
  },
  {
    name: 'a bad entry does not end the batch (B3)',
    file: 'src/executor/batch.ts',
    find: 'if (bad && ring.stopsAtBadEntry)',
    replace: 'if (bad && ring.slot < 0)',
    tests: ENTER,
  },
  {
    name: 'an ended ring leaves its deadlines armed',
    file: 'src/executor/ring-life.ts',
    find: 'machine.disarm(requests.of(row));\n',
    replace: '',
    tests: ENTER,
  },
  {
    name: 'a silent success posts (F1)',
    file: 'src/executor/batch.ts',
    find: '!bad && isSilent(',
    replace: 'bad && isSilent(',
    tests: ENTER,
  },
  {
    name: 'a throw inside an operation escapes',
    file: 'src/executor/batch.ts',
    find: 'if (!this.#isCalled) throw error;',
    replace: 'throw error;',
    tests: ['test/unit/executor/machine.test.ts'],
  },
  {
    name: 'P1 out of order: FINISHED before the result stands',
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
    name: 'adoption posts again what was posted',
    file: 'src/executor/adopt.ts',
    find: '| 0) > 0;',
    replace: '| 0) > 1;',
    tests: CRASH,
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
    file: 'src/executor/kernel-ring.ts',
    find: 'this.#counted--;',
    replace: '',
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
];
