/** How the record of a ring in the ledger begins and ends. */
import { RING_STATE } from '../abi/layout.ts';
import { RECORD, RECORD_WORDS } from '../abi/private.ts';
import type { Ledger } from './ledger.ts';

/** Begins the record of a ring that is new to this slot. */
export function openRecord(
  ledger: Ledger,
  slot: number,
  first: { readonly sqHead: number; readonly cqTail: number; readonly state: number },
): void {
  const { words } = ledger;
  const record = ledger.recordAt(slot);
  for (let at = record; at < record + RECORD_WORDS; at++) words[at] = 0;
  words[record + RECORD.head] = first.sqHead; // the first place, where both begin
  words[record + RECORD.tail] = first.cqTail;
  words[record + RECORD.state] = first.state;
}

/** Notes what became of the ring as a whole. */
export function setRingState(ledger: Ledger, slot: number, state: number): void {
  ledger.words[ledger.recordAt(slot) + RECORD.state] = state;
}

/** Whether a predecessor served the ring in this slot. */
export function isRecordOpen(ledger: Ledger, slot: number): boolean {
  const state = ledger.words[ledger.recordAt(slot) + RECORD.state]!;
  return state !== RING_STATE.NEW && state !== RING_STATE.CLOSED;
}
