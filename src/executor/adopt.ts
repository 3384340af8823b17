/** Adoption: a fresh executor settles what a dead one owed, and then serves its rings. */
import { fail } from '../abi/errno.ts';
import { CONTROL, RING_STATE, SQE } from '../abi/layout.ts';
import { LEDGER_HEAD, RECORD, ROW, ROW_STATE } from '../abi/private.ts';
import { type Ledger, NO_ROW } from '../ring/ledger.ts';
import { DROPPED } from '../ring/submission.ts';
import type { KernelRing } from './kernel-ring.ts';
import type { Machine } from './machine.ts';

// The cases are those of ledger.ts. Every change is one of its steps, made in its order, so a death
// in the middle of an adoption leaves a ledger that the next adoption reads in the same way.

/** What one dead executor left on one ring. */
interface Estate {
  readonly ring: KernelRing;
  /** Rows whose result stands; posted first, in the order of their cqIndex. */
  readonly finished: number[];
  /** Rows of requests that may have happened. */
  readonly started: number[];
  /** Rows of requests that waited behind others, and have not. */
  readonly waiting: number[];
}

/**
 * Settles every row of the ledger. Call once, after all open rings were attached, before serving.
 */
export function adopt(machine: Machine): void {
  const { ledger } = machine;
  const estates = new Map<number, Estate>();
  for (const ring of machine.rings.values())
    estates.set(ring.slot, { ring, finished: [], started: [], waiting: [] });
  for (let row = 0; row < ledger.rowsUsed; row++) sort(ledger, estates, row);
  for (const estate of estates.values()) settle(machine, estate);
  machine.post();
  retireRestricted(machine);
  ledger.count(LEDGER_HEAD.epoch);
}

/** What a ring was restricted to died with its executor: rather than all, nothing is served. */
function retireRestricted(machine: Machine): void {
  for (const ring of [...machine.rings.values()])
    if (machine.ledger.words[ring.record + RECORD.restricted] !== 0)
      machine.end(ring, RING_STATE.RETIRED);
}

/** Frees the row if nobody is owed anything, or enters it in its ring's estate. */
function sort(ledger: Ledger, estates: ReadonlyMap<number, Estate>, row: number): void {
  const { words } = ledger;
  const at = ledger.rowAt(row);
  const state = words[at + ROW.state]!;
  if (state === ROW_STATE.FREE) {
    ledger.giveBack(row);
    return;
  }
  const estate = estates.get(words[at + ROW.ring]!);
  if (estate === undefined || isOver(ledger, estate.ring, row)) ledger.free(row);
  else if (state === ROW_STATE.FINISHED) estate.finished.push(row);
  else if (state === ROW_STATE.WAITING) estate.waiting.push(row);
  else {
    if (state === ROW_STATE.KEPT) ledger.start(row);
    estate.started.push(row);
  }
}

/** Whether the row never counted (its head was not committed), or was posted already. */
function isOver(ledger: Ledger, { source, sink, region }: KernelRing, row: number): boolean {
  const { words } = ledger;
  const at = ledger.rowAt(row);
  switch (words[at + ROW.state]) {
    case ROW_STATE.KEPT: {
      const ahead = (words[at + ROW.sqIndex]! - source.head) >>> 0;
      return ahead < region.geometry.sqEntries;
    }
    case ROW_STATE.FINISHED:
      return ((sink.tail - words[at + ROW.cqIndex]!) | 0) > 0;
    default:
      return false;
  }
}

/** Brings one ring's rows, ring words and waiting caller into the state they would have had. */
function settle(machine: Machine, { ring, finished, started, waiting }: Estate): void {
  const { ledger, requests, outbox } = machine;
  const { words } = ledger;
  const { source, sink, record } = ring;
  const placeOf = (row: number): number =>
    (words[ledger.rowAt(row) + ROW.cqIndex]! - sink.tail) | 0;
  const ageOf = (row: number): number =>
    (source.head - words[ledger.rowAt(row) + ROW.sqIndex]!) >>> 0;
  finished.sort((a, b) => placeOf(a) - placeOf(b));
  started.sort((a, b) => ageOf(b) - ageOf(a));
  waiting.sort((a, b) => ageOf(b) - ageOf(a));
  ring.inFlight = finished.length + started.length + waiting.length;
  for (const row of finished) {
    requests.recall(row, ring, ledger);
    outbox.recall(ring, row);
  }
  machine.markFinished(ring);
  const running = keepRunning(machine, ring);
  if (running !== NO_ROW) started.push(running);
  for (const row of started)
    machine.complete(requests.recall(row, ring, ledger), fail('EOWNERDEAD'), 0);
  for (const row of waiting) {
    const request = requests.recall(row, ring, ledger);
    request.failure = fail('ECANCELED');
    machine.complete(request, request.failure, 0);
  }
  ledger.count(LEDGER_HEAD.adoptedRows, started.length + waiting.length);
  republish(ring, words[record + RECORD.sqDropped]!);
}

/** Gives the entry that ran when the executor died a row, as if it had gone on; or NO_ROW. */
function keepRunning({ ledger }: Machine, ring: KernelRing): number {
  const { source, sink, record, region } = ring;
  if (!ledger.isRunning(record)) return NO_ROW;
  const sqe = source.slotAt(0); // its process may have changed it: its own loss
  if (sqe === DROPPED) {
    ledger.announce(record, 0);
    return NO_ROW;
  }
  const row = ledger.reserve(); // it was begun because there was one for it
  const entry = {
    head: region.words[sqe + SQE.head]!,
    userDataLow: region.words[sqe + SQE.userDataLow]!,
    userDataHigh: region.words[sqe + SQE.userDataHigh]!,
  };
  ledger.announce(record, 1); // what the batch had behind it was not begun
  ledger.keep(row, entry, ring.slot, source.head);
  source.advance();
  ledger.commit(record, source.head, sink.tail);
  ledger.start(row);
  ring.inFlight++;
  return row;
}

/** Stores the ring words again: the dead executor may have committed more than it published. */
function republish(ring: KernelRing, sqDropped: number): void {
  ring.region.words[CONTROL.sqDropped] = sqDropped;
  ring.source.release(0);
  ring.sink.publish();
  ring.source.wake();
  ring.sink.wake();
  const interrupted = ring.desk.answered() !== ring.callDone;
  if (interrupted) ring.desk.answer(ring.callDone, fail('EOWNERDEAD'));
}
