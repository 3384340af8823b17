/** How a ring begins and ends in the ledger, in its region and in the machine's tables. */
import { fail, type Res } from '../abi/errno.ts';
import { SETUP } from '../abi/flags.ts';
import { CONTROL, RING_STATE } from '../abi/layout.ts';
import { POLL } from '../abi/poll.ts';
import { ROW, ROW_STATE } from '../abi/private.ts';
import { closeRegion, retireRegion } from '../ring/ending.ts';
import type { Ledger } from '../ring/ledger.ts';
import { isRecordOpen, openRecord, setRingState } from '../ring/ledger-record.ts';
import { KernelRing, type RingParts } from './kernel-ring.ts';
import type { Machine } from './machine.ts';

/** How a ring can end: by its process or its kernel, or because its words were impossible. */
export type EndState = typeof RING_STATE.CLOSED | typeof RING_STATE.RETIRED;

/** A ring as its record says: a new one, or one whose executor died (adopt.ts settles its rows). */
export function openRing({ ledger, outbox }: Machine, parts: RingParts): KernelRing {
  if (!isRecordOpen(ledger, parts.slot)) {
    const { words } = parts.region;
    const disabled = (parts.flags & SETUP.R_DISABLED) !== 0;
    openRecord(ledger, parts.slot, {
      sqHead: words[CONTROL.sqHead]!,
      cqTail: words[CONTROL.cqTail]!,
      state: disabled ? RING_STATE.DISABLED : RING_STATE.LIVE,
    });
  }
  const ring = new KernelRing(parts, ledger, outbox);
  ring.sink.setRingState(ring.state);
  return ring;
}

/** A disabled ring becomes live: -EBADFD unless it was disabled (S1). */
export function enableRing(ledger: Ledger, ring: KernelRing): Res {
  if (ring.state !== RING_STATE.DISABLED) return fail('EBADFD');
  ring.state = RING_STATE.LIVE;
  setRingState(ledger, ring.slot, RING_STATE.LIVE);
  ring.sink.setRingState(RING_STATE.LIVE);
  return 0;
}

/** What it has in flight is over without a CQE (V1); then its process learns of it. */
export function endRing(machine: Machine, ring: KernelRing, state: EndState): void {
  ring.state = state;
  setRingState(machine.ledger, ring.slot, state);
  freeRows(machine, ring);
  letGo(ring);
  ring.overflowed = false;
  if (state === RING_STATE.RETIRED) {
    retireRegion(ring.region);
    return;
  }
  // A call that runs now is the one that closes; one that was placed meanwhile came too late.
  const closes = ring.desk.newest() === ring.callDone;
  closeRegion(ring.region, closes ? 0 : fail('EBADF'));
}

/** What it has registered is not held any more; who polls it learns that it ended. */
function letGo(ring: KernelRing): void {
  ring.chainHead = undefined;
  ring.chainTail = undefined;
  ring.barrier = undefined;
  ring.files.close();
  ring.buffers.close();
  ring.notices?.remove();
  ring.notices = undefined;
  ring.waiters.wake(POLL.HUP);
}

function freeRows(machine: Machine, ring: KernelRing): void {
  const { ledger, requests } = machine;
  if (ring.inFlight === 0) return;
  for (let row = 0; row < ledger.rowsUsed; row++) {
    const at = ledger.rowAt(row);
    if (ledger.words[at + ROW.state] === ROW_STATE.FREE) continue;
    if (ledger.words[at + ROW.ring] !== ring.slot) continue;
    machine.disarm(requests.of(row));
    requests.orphan(row);
    ledger.free(row);
  }
  ring.inFlight = 0;
  ring.finished = 0;
}
