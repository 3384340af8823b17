/** Mutants of what waits: cancels, task work, deadlines, messages, wait queues, polls. */
import type { Mutant } from './mutant.ts';

const CRASH = ['test/sim/crash.test.ts'];
const LIFE = ['test/sim/life.test.ts'];
const TIED = ['test/unit/executor/tied.test.ts'];
const CANCEL = ['test/unit/executor/cancel.test.ts'];
const PENDING = ['test/unit/executor/pending.test.ts'];
const WORK = ['test/unit/executor/task-work.test.ts'];
const REGISTERED = ['test/unit/executor/registered.test.ts'];
const QUEUE = ['test/unit/kernel/wait-queue.test.ts'];

const REQUEST_LIFE = 'src/executor/request-life.ts';

/** Each breaks one rule of SEMANTICS.md, or one sentence at the head of its file. */
export const lifeMutants: readonly Mutant[] = [
  {
    name: 'a ring with DEFER_TASKRUN defers nothing (R2)',
    file: 'src/executor/task-work.ts',
    find: 'if (!ring.defersWork) {',
    replace: 'if (ring.slot >= 0) {',
    tests: WORK,
  },
  {
    name: 'what ended has something to do all the same',
    file: 'src/executor/task-work.ts',
    find: 'request.workQueue?.remove(request);',
    replace: '',
    tests: LIFE,
  },
  {
    name: 'something to do takes the place of an end',
    file: 'src/executor/task-work.ts',
    find: 'if (request.work === WORK.FINISH) return;',
    replace: '',
    tests: WORK,
  },
  {
    name: 'who is renamed stays under the old name',
    file: 'src/executor/pending.ts',
    find: 'this.#cut(request);\n    request.userDataLow = low;',
    replace: 'request.userDataLow = low;',
    tests: PENDING,
  },
  {
    name: 'a table that grows loses what it has',
    file: 'src/executor/pending.ts',
    find: 'request = request.nextPending)\n      this.#append(request);',
    replace: 'request = request.nextPending)\n      request.nextOfKey = undefined;',
    tests: PENDING,
  },
  {
    name: 'the newest of equals is found first (G5)',
    file: 'src/executor/pending.ts',
    find: 'let request = this.#heads[this.#listOf(low, high)];',
    replace: 'let request = this.#tails[this.#listOf(low, high)];',
    tests: PENDING,
  },
  {
    name: 'a cancel finds LINK_TIMEOUTs (G5)',
    file: 'src/executor/cancel.ts',
    find: 'if (operation.code === OP.LINK_TIMEOUT) return false; // nobody sees it (G5)',
    replace: '',
    tests: CANCEL,
  },
  {
    name: 'a cancel by file takes any (I2)',
    file: 'src/executor/cancel.ts',
    find: 'if ((flags & FD) !== 0 && request.file !== file) return false;',
    replace: '',
    tests: CANCEL,
  },
  {
    name: 'a cancel by file and user_data looks at the file alone (I2)',
    file: 'src/executor/cancel.ts',
    find: '(flags & USERDATA) !== 0 || ',
    replace: '',
    tests: CANCEL,
  },
  {
    name: 'futex waiters are counted one by one (I3)',
    file: 'src/executor/cancel.ts',
    find: 'life.takeBack(request) === 1',
    replace: 'life.takeBack(request) === 2',
    tests: CANCEL,
  },
  {
    name: 'what the host works on is taken back (I1)',
    file: REQUEST_LIFE,
    find: 'if (request.waits) return this.continuations.withdraw(',
    replace: 'if (request.row < -1) return this.continuations.withdraw(',
    tests: LIFE,
  },
  {
    name: 'a TIMEOUT that expired can be taken back until its owner comes (I1)',
    file: 'src/executor/dues.ts',
    find: 'ring.pending.remove(request); // it expired, and cannot be taken back any more',
    replace: '',
    tests: CANCEL,
  },
  {
    name: 'the count of a TIMEOUT that is over stays armed',
    file: 'src/executor/dues.ts',
    find: 'this.#deadlines.remove(request);\n    this.dropCount(request);',
    replace: 'this.#deadlines.remove(request);',
    tests: LIFE,
  },
  {
    name: 'a TIMEOUT that is updated has two deadlines (G5)',
    file: 'src/executor/dues.ts',
    find:
      'if (request.dueIndex !== NOT_ARMED) this.#deadlines.remove(request);\n' +
      '    this.#deadlines.add',
    replace: 'this.#deadlines.add',
    tests: LIFE,
  },
  {
    name: 'who is taken back on the way has not failed (D6)',
    file: REQUEST_LIFE,
    find: 'request.hasFailed = request.operation.isFailure(request, res);',
    replace: 'request.hasFailed = false;',
    tests: TIED,
  },
  {
    name: 'a request that ended holds its file (I6)',
    file: REQUEST_LIFE,
    find: 'request.releaseResources();\n    request.letGo();',
    replace: 'request.releaseResources();',
    tests: LIFE,
  },
  {
    name: 'a silent end keeps a row of the quota',
    file: REQUEST_LIFE,
    find: '      ring.inFlight--;\n',
    replace: '',
    tests: LIFE,
  },
  {
    name: 'a request that pends does not hold what it has registered (K8)',
    file: REQUEST_LIFE,
    find: 'request.holdResources();',
    replace: '',
    tests: REGISTERED,
  },
  {
    name: 'a message overtakes the backlog (C5)',
    file: 'src/executor/outbox.ts',
    find: 'const slot = ring.finished > 0 ? FULL : ring.sink.reserve();',
    replace: 'const slot = ring.sink.reserve();',
    tests: LIFE,
  },
  {
    name: 'a message in the backlog has the user_data of another request',
    file: 'src/executor/outbox.ts',
    find: 'this.#ledger.rename(row, low, high);',
    replace: '',
    tests: LIFE,
  },
  {
    name: 'a message in the backlog dies with its executor',
    file: 'src/executor/outbox.ts',
    find: 'this.#ledger.address(row, ring.slot);',
    replace: '',
    tests: CRASH,
  },
  {
    name: 'a message in the backlog counts for no row',
    file: 'src/executor/outbox.ts',
    find: 'ring.inFlight++;\n    this.add(',
    replace: 'this.add(',
    tests: LIFE,
  },
  {
    name: 'a message that finds no room for its owner is dropped',
    file: 'src/executor/kernel-ring.ts',
    find: 'if (at > 0) inbox.splice(0, at);',
    replace: 'inbox.length = 0;',
    tests: TIED,
  },
  {
    name: 'a wait ends in spite of what its owner has to do (R2)',
    file: 'src/executor/event-wait.ts',
    find: ' || ring.hasDeferred) continue;',
    replace: ') continue;',
    tests: CANCEL,
  },
  {
    name: 'who waits does not hear of an end that closed',
    file: 'src/kernel/wait-queue.ts',
    find: 'waiter.events = events | ALWAYS;',
    replace: 'waiter.events = events;',
    tests: QUEUE,
  },
  {
    name: 'the first who waits is told alone',
    file: 'src/kernel/wait-queue.ts',
    find: 'if ((waiter.events & events) !== 0) waiter.woken(events);',
    replace:
      'if ((waiter.events & events) !== 0) {\n' +
      '        waiter.woken(events);\n        return;\n      }',
    tests: QUEUE,
  },
  {
    name: 'readers of a pipe do not learn that its last writer closed',
    file: 'src/kernel/ipc/pipe.ts',
    find: 'else this.reader.waiters.wake(HUP | IN | RDNORM);',
    replace: 'else this.reader.waiters.wake(0);',
    tests: TIED,
  },
  {
    name: 'room in a full pipe is kept from its writers',
    file: 'src/kernel/ipc/pipe.ts',
    find: 'this.#pages.take(count);\n    if (wasFull) this.#mayHaveRoom();\n    return count;',
    replace: 'this.#pages.take(count);\n    return count;',
    tests: ['test/unit/kernel/ipc/pipe.test.ts'],
  },
  {
    name: 'a poll shows what it was not asked for (J1)',
    file: 'src/ops/poll.ts',
    find: 'return events & (request.opFlags | ALWAYS);',
    replace: 'return events;',
    tests: CANCEL,
  },
  {
    name: 'a poll with new events does not look at once (J3)',
    file: 'src/ops/poll.ts',
    find: 'kernel.retry(poll); // it checks again at once',
    replace: '',
    tests: CANCEL,
  },
  {
    name: 'a multishot poll ends with its first event (J2)',
    file: 'src/ops/poll.ts',
    find: 'if (events !== 0 && !multishot) return events;',
    replace: 'if (events !== 0) return events;',
    tests: LIFE,
  },
  {
    name: 'a LINK_TIMEOUT says that it took back what the host goes on with (H1)',
    file: 'src/ops/timeout.ts',
    find: "kernel.complete(request, res === 0 ? fail('ETIME') : res, 0);",
    replace: "kernel.complete(request, fail('ETIME'), 0);",
    tests: LIFE,
  },
  {
    name: 'an update of a TIMEOUT keeps its count (G5)',
    file: 'src/ops/timeout.ts',
    find: 'kernel.dropCount(found);',
    replace: '',
    tests: CANCEL,
  },
  {
    name: 'a multishot TIMEOUT forgets how often it fired (G4)',
    file: 'src/ops/timeout.ts',
    find: 'request.shotsLeft--;',
    replace: '',
    tests: CRASH,
  },
  {
    name: 'flags that are required may be missing (S2)',
    file: 'src/kernel/restrictions.ts',
    find: ' && complete && ',
    replace: ' && ',
    tests: CANCEL,
  },
  {
    name: 'restrictions are looked at only for entries with flags (S2)',
    file: 'src/executor/kernel-ring.ts',
    find: '      restrictions !== undefined ||\n',
    replace: '',
    tests: CANCEL,
  },
  {
    name: 'a provided buffer is taken before there is data (M3)',
    file: 'src/ops/channel-transfer.ts',
    find: 'if (refused !== 0) return refused;\n  } else kind.fill(',
    replace: 'if (refused !== 0) return refused;\n    took(request, 0);\n  } else kind.fill(',
    tests: REGISTERED,
  },
];
