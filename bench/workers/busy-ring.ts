/** A process on a thread of its own: on each message it keeps NOPs in flight for that long. */
import { parentPort, workerData } from 'node:worker_threads';
import { Ring, type RingHandle } from '../../src/index.ts';
import { Flight } from './flight.ts';

/** What the thread is told: how long to fly. What it answers: ns per NOP. */
export interface Order {
  readonly durationMs: number;
  readonly window: number;
}

/** NOPs between two looks at the clock. */
const TOTAL = 10_000;

const flight = new Flight(Ring.attach(workerData as RingHandle));

function fly({ durationMs, window }: Order): number {
  const startMs = performance.now();
  let nops = 0;
  let elapsedMs = 0;
  for (; elapsedMs < durationMs; elapsedMs = performance.now() - startMs) {
    flight.flyBlocking({ total: TOTAL, window });
    nops += TOTAL;
  }
  return (elapsedMs * 1e6) / nops;
}

parentPort?.on('message', (order: Order) => parentPort?.postMessage(fly(order)));
