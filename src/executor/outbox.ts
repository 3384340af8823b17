/** Posts finished requests to their completion queues, in order; what does not fit waits. */
import { SQ_FLAG } from '../abi/flags.ts';
import { RECORD, ROW } from '../abi/private.ts';
import type { Request } from '../kernel/request.ts';
import { type Ledger, NO_ROW } from '../ring/ledger.ts';
import { CORRUPT, FULL } from '../ring/submission.ts';
import type { KernelRing } from './kernel-ring.ts';
import type { Requests } from './requests.ts';

// An imported object is loaded and checked at every use; a module's own constants are compiled into
// the code (bench/stack.bench.ts).
const { userDataLow: LOW, userDataHigh: HIGH, res: RES, flags: FLAGS } = ROW;

// A ring's finished rows form one list in the order in which they finished. What of it has room is
// posted; the rest is the overflow backlog (C5). In enter mode the backlog moves only when the
// process enters with GETEVENTS (C6), in poll mode as soon as its reaper made room and rang.

/** The finished rows of all rings of one machine. */
export class Outbox {
  readonly #ledger: Ledger;
  readonly #requests: Requests;
  /** Row after this one in the list of its ring. Untouched pages cost nothing. */
  readonly #next: Int32Array;
  /** Told of a ring that got a CQE of no request: it may satisfy a count. */
  readonly #posted: (ring: KernelRing) => void;

  constructor(ledger: Ledger, requests: Requests, posted: (ring: KernelRing) => void) {
    this.#ledger = ledger;
    this.#requests = requests;
    this.#posted = posted;
    this.#next = new Int32Array(ledger.rowsMax);
  }

  /** Adds a row whose result stands to its ring's list. */
  add(ring: KernelRing, row: number, res: number, cqeFlags: number): void {
    this.#ledger.finish(row, res, cqeFlags, (ring.sink.tail + ring.finished) | 0);
    this.recall(ring, row);
  }

  /** Puts a row that the ledger has as FINISHED back into the list: its executor died. */
  recall(ring: KernelRing, row: number): void {
    if (ring.finished++ === 0) ring.firstFinished = row;
    else this.#next[ring.lastFinished] = row;
    ring.lastFinished = row;
  }

  /** Posts what the mode allows; false when the reaper's index is impossible. */
  post(ring: KernelRing): boolean {
    if (ring.overflowed && ring.mode === 'enter') {
      if (ring.sink.forced) this.#publish(ring);
      return true;
    }
    return this.flush(ring);
  }

  /** Posts as much as there is room for, backlog first, and keeps CQ_OVERFLOW true to the rest. */
  flush(ring: KernelRing): boolean {
    for (;;) {
      const posted = this.write(ring);
      if (posted > 0 || ring.sink.forced) this.#publish(ring);
      if (ring.finished === 0) break;
      this.#overflow(ring);
      const used = ring.sink.ready(); // after CQ_OVERFLOW is up: step O2 of completion.ts
      if (used === CORRUPT) return false;
      if (used === ring.region.geometry.cqEntries) return true;
    }
    if (ring.overflowed) {
      ring.overflowed = false;
      ring.sink.setSqFlag(SQ_FLAG.CQ_OVERFLOW, false);
    }
    return true;
  }

  /** Posts a CQE of a request that goes on; false when it has no room right behind the others. */
  more(ring: KernelRing, request: Request, res: number, cqeFlags: number): boolean {
    if (ring.finished > 0 && (!this.post(ring) || ring.finished > 0)) return false;
    const slot = ring.sink.reserve();
    if (slot === FULL) return false;
    ring.sink.write(slot, request.userDataLow, request.userDataHigh, res, cqeFlags);
    this.#commit(ring, 1);
    this.#publish(ring);
    return true;
  }

  /** Posts a CQE of no request, behind the others; false when no row is free for it to wait in. */
  message(ring: KernelRing, low: number, high: number, res: number, flags: number): boolean {
    const slot = ring.finished > 0 ? FULL : ring.sink.reserve();
    if (slot !== FULL) {
      ring.sink.write(slot, low, high, res, flags);
      this.#commit(ring, 1);
      this.#publish(ring);
      if (ring.counting.size > 0) this.#posted(ring);
      return true;
    }
    const row = ring.inFlight < ring.inFlightMax ? this.#ledger.reserve() : NO_ROW;
    if (row === NO_ROW) return false;
    this.#requests.keepBlank(row);
    this.#ledger.address(row, ring.slot);
    this.#ledger.rename(row, low, high);
    ring.inFlight++;
    this.add(ring, row, res, flags);
    return this.post(ring);
  }

  #publish(ring: KernelRing): void {
    ring.sink.publish();
    ring.tell(false);
  }

  /**
   * Writes CQEs while there is room and commits them; the rows are over then. How many; they are to
   * be published.
   */
  write(ring: KernelRing): number {
    const { sink } = ring;
    const ledger = this.#ledger;
    const { words } = ledger;
    const posted = sink.room(ring.finished);
    let row = ring.firstFinished;
    for (let i = 0; i < posted; i++) {
      const at = ledger.rowAt(row);
      sink.write(
        sink.slotAt(i),
        words[at + LOW]!,
        words[at + HIGH]!,
        words[at + RES]!,
        words[at + FLAGS]!,
      );
      row = this.#next[row]!;
    }
    if (posted > 0) {
      sink.advance(posted);
      this.#commit(ring, posted);
      this.#free(ring, posted);
    }
    return posted;
  }

  /** P2: the CQEs up to the tail are written. */
  #commit({ record, source, sink }: KernelRing, posted: number): void {
    this.#ledger.commit(record, source.head, sink.tail);
    this.#ledger.countCompleted(record, posted);
  }

  /** Frees the oldest `count` rows: their CQEs are committed. */
  #free(ring: KernelRing, count: number): void {
    let row = ring.firstFinished;
    for (let i = 0; i < count; i++) {
      this.#requests.rest(this.#requests.of(row));
      this.#ledger.free(row);
      row = this.#next[row]!;
    }
    ring.firstFinished = row; // means nothing once the list is empty
    ring.finished -= count;
    ring.inFlight -= count;
  }

  #overflow(ring: KernelRing): void {
    if (ring.overflowed) return;
    ring.overflowed = true;
    ring.sink.setSqFlag(SQ_FLAG.CQ_OVERFLOW, true);
    this.#ledger.words[ring.record + RECORD.overflowed]!++;
  }
}
