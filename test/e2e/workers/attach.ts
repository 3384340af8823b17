/** Attaches to a ring, runs one NOP on it, and lets it go when told. */
import { parentPort, workerData } from 'node:worker_threads';
import { NOP_FLAG } from '../../../src/abi/flags.ts';
import { SQE } from '../../../src/abi/layout.ts';
import { Ring } from '../../../src/client/ring.ts';

const ring = Ring.attach(workerData);
const sqe = ring.getSqe();
ring.prepNop(sqe);
ring.words[sqe + SQE.opFlags] = NOP_FLAG.INJECT_RESULT;
ring.words[sqe + SQE.len] = 7;
ring.submitAndWait(1);
const res = ring.cqeRes(ring.peekCqe());
ring.cqeSeen();
parentPort?.once('message', () => ring.detach());
parentPort?.postMessage({ attached: true, res });
