/** Adoption: a fresh executor settles what a dead one owed, and then serves its rings. */
import { fail, type Res } from '../abi/errno.ts';
import { CONTROL } from '../abi/layout.ts';
import { LEDGER_HEAD, RECORD, ROW, ROW_STATE } from '../abi/private.ts';
import type { Ledger } from '../ring/ledger.ts';
import type { KernelRing } from './kernel-ring.ts';
import type { Machine } from './machine.ts';

// The cases are those of ledger.ts. Every change is one of its steps, made in its order, so a death
// in the middle of an adoption leaves a ledger that the next adoption reads in the same way.

/** What one dead executor left on one ring. */
interface Estate {
  readonly ring: KernelRing;
  /** Rows whose result stands; posted first, in the order of their cqIndex. */
  readonly finished: number[];
  /** Rows without a result, with the one they get: ECANCELED if they cannot have run. */
  readonly unfinished: { readonly row: number; readonly res: Res }[];
}

/**
 * Settles every row of the ledger. Call once, after all open rings were attached, before serving.
 */
export function adopt(machine: Machine): void {
  const { ledger } = machine;
  const estates = new Map<number, Estate>();
  for (const ring of machine.rings.values())
    estates.set(ring.slot, { ring, finished: [], unfinished: [] });
  for (let row = 0; row < ledger.rowsUsed; row++) sort(ledger, estates, row);
  for (const estate of estates.values()) settle(machine, estate);
  machine.post();
  ledger.count(LEDGER_HEAD.epoch);
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
  else
    estate.unfinished.push({
      row,
      res: fail(state === ROW_STATE.STARTED ? 'EOWNERDEAD' : 'ECANCELED'),
    });
}

/** Whether the row never existed (its head was not committed), or was posted already. */
function isOver(ledger: Ledger, ring: KernelRing, row: number): boolean {
  const { words } = ledger;
  const at = ledger.rowAt(row);
  const record = ledger.recordAt(ring.slot);
  switch (words[at + ROW.state]) {
    case ROW_STATE.TAKEN: {
      const ahead = (words[at + ROW.sqIndex]! - words[record + RECORD.sqHead]!) >>> 0;
      return ahead < ring.region.geometry.sqEntries;
    }
    case ROW_STATE.FINISHED:
      return ((words[record + RECORD.cqTail]! - words[at + ROW.cqIndex]!) | 0) > 0;
    default:
      return false;
  }
}

/** Brings one ring's rows, ring words and waiting caller into the state they would have had. */
function settle(machine: Machine, { ring, finished, unfinished }: Estate): void {
  const { ledger, requests, outbox } = machine;
  const { words } = ledger;
  const record = ledger.recordAt(ring.slot);
  const cqTail = words[record + RECORD.cqTail]!;
  const placeOf = (row: number): number => (words[ledger.rowAt(row) + ROW.cqIndex]! - cqTail) | 0;
  const ageOf = (row: number): number =>
    (ring.source.head - words[ledger.rowAt(row) + ROW.sqIndex]!) >>> 0;
  finished.sort((a, b) => placeOf(a) - placeOf(b));
  unfinished.sort((a, b) => ageOf(b.row) - ageOf(a.row));
  ring.inFlight = finished.length + unfinished.length;
  for (const row of finished) {
    requests.recall(row, ring, ledger);
    outbox.recall(ring, row);
    ring.cqNext = (words[ledger.rowAt(row) + ROW.cqIndex]! + 1) | 0;
  }
  machine.markFinished(ring);
  for (const { row, res } of unfinished)
    machine.complete(requests.recall(row, ring, ledger), res, 0);
  ledger.count(LEDGER_HEAD.adoptedRows, unfinished.length);
  republish(ring, words[record + RECORD.sqDropped]!);
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
