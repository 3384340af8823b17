/** Mutants of what ties requests to each other: chains, LINK_TIMEOUTs, barriers. */
import type { Mutant } from './mutant.ts';

const LIFE = ['test/sim/life.test.ts'];
const TIED = ['test/unit/executor/tied.test.ts'];

const REQUEST_LIFE = 'src/executor/request-life.ts';

/** Each breaks one rule of SEMANTICS.md, or one sentence at the head of its file. */
export const tieMutants: readonly Mutant[] = [
  {
    name: 'a soft link survives a failure, and a hard one does not (D2, D3)',
    file: 'src/executor/chains.ts',
    find: 'if (failed && !isHard) cancelFrom(',
    replace: 'if (failed && isHard) cancelFrom(',
    tests: LIFE,
  },
  {
    name: 'a hard link survives no failure (D3)',
    file: 'src/executor/chains.ts',
    find: 'const isHard = (head & HARDLINK) !== 0 && request.failure === 0;',
    replace: 'const isHard = false;',
    tests: LIFE,
  },
  {
    name: 'a hard link survives a failure of preparation (D5)',
    file: 'src/executor/chains.ts',
    find: '(head & HARDLINK) !== 0 && request.failure === 0;',
    replace: '(head & HARDLINK) !== 0;',
    tests: LIFE,
  },
  {
    name: 'a bad member leaves its chain alone (D5)',
    file: 'src/executor/chains.ts',
    find: 'chainHead.failure = ECANCELED;',
    replace: 'chainHead.failure = 0;',
    tests: LIFE,
  },
  {
    name: 'who follows a silent failure is not silent (F2)',
    file: 'src/executor/chains.ts',
    find: 'member.isMuted = muted;',
    replace: '',
    tests: LIFE,
  },
  {
    name: 'a LINK_TIMEOUT that is bad bounds all the same (H3)',
    file: 'src/executor/chains.ts',
    find: 'if (link.failure !== 0) return undefined; // it bounds nothing, and says why (H3)',
    replace: '',
    tests: TIED,
  },
  {
    name: 'a LINK_TIMEOUT outlives the request that it bounds (H1)',
    file: 'src/executor/chains.ts',
    find: 'add(timeout, WORK.FINISH, ECANCELED);',
    replace: '',
    tests: LIFE,
  },
  {
    name: 'a LINK_TIMEOUT is not armed (H1)',
    file: REQUEST_LIFE,
    find: '    this.#start(timeout);\n',
    replace: '',
    tests: TIED,
  },
  {
    name: 'a drained request waits for nobody (E1)',
    file: 'src/executor/barrier.ts',
    find: 'if ((sawDrained || isFirst) && active !== this.#held) break;',
    replace: 'if (active < 0) break;',
    tests: LIFE,
  },
  {
    name: 'what follows a barrier begins along with it (E1)',
    file: 'src/executor/barrier.ts',
    find: 'if ((sawDrained || isFirst) && active',
    replace: 'if (isFirst && active',
    tests: LIFE,
  },
  {
    name: 'a barrier is over as soon as the drained request began (E1)',
    file: 'src/executor/barrier.ts',
    find: 'if (!request.isDrained && this.#line.length === 0)',
    replace: 'if (this.#line.length === 0)',
    tests: LIFE,
  },
  {
    name: 'a chain counts as one in the line of a barrier',
    file: 'src/executor/barrier.ts',
    find: 'this.#held += chainLength(request);',
    replace: 'this.#held++;',
    tests: LIFE,
  },
  {
    name: 'a chain that is being read keeps up the barrier before it',
    file: 'src/executor/kernel-ring.ts',
    find: 'this.inFlight - this.finished - open;',
    replace: 'this.inFlight - this.finished;',
    tests: TIED,
  },
  {
    name: 'a barrier is not told that something ended',
    file: REQUEST_LIFE,
    find: 'if (ring.barrier !== undefined) ring.barrier.advance(ring.active, this.addWork);',
    replace: '',
    tests: TIED,
  },
];
