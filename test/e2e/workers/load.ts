/** A process under load: keeps NOPs in flight on its ring until told to stop, and counts fates. */
import { parentPort, workerData } from 'node:worker_threads';
import { fail } from '../../../src/abi/errno.ts';
import type { RingHandle } from '../../../src/client/polled-port.ts';
import { Ring } from '../../../src/client/ring.ts';

interface Load {
  readonly handle: RingHandle;
  /** Word 0: 1 asks to stop. */
  readonly stop: SharedArrayBuffer;
  readonly window: number;
}

const { handle, stop, window } = workerData as Load;
const ring = Ring.attach(handle);
const stopWord = new Int32Array(stop);
const inFlight = new Set<number>();
const report = { submitted: 0, completed: 0, died: 0, cancelled: 0, strange: 0 };
const died = fail('EOWNERDEAD');
const cancelled = fail('ECANCELED');

function count(cqe: number): void {
  if (!inFlight.delete(ring.cqeGetData(cqe))) report.strange++; // twice, or for nobody
  const res = ring.cqeRes(cqe);
  if (res === 0) report.completed++;
  else if (res === died) report.died++;
  else if (res === cancelled) report.cancelled++;
  else report.strange++;
}

const stopping = (): boolean => Atomics.load(stopWord, 0) === 1;

while (!stopping() || inFlight.size > 0) {
  while (!stopping() && inFlight.size < window) {
    const sqe = ring.getSqe();
    if (sqe === 0) break;
    ring.prepNop(sqe);
    ring.sqeSetData(sqe, ++report.submitted);
    inFlight.add(report.submitted);
  }
  ring.submitAndWait(1);
  ring.cqAdvance(ring.forEachCqe(count));
}
ring.detach();
parentPort?.postMessage({ ...report, lost: inFlight.size });
