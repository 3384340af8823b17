/** Makes the calling thread an executor: machine, doorbell, orders, and a loop of events. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { RING_STATE } from '../abi/layout.ts';
import { ROUNDS_PER_EVENT_TURN } from '../abi/limits.ts';
import { adopt } from '../executor/adopt.ts';
import { Executor } from '../executor/executor.ts';
import { type FileReviver, type ProcessMark, reviveFiles } from '../executor/file-notes.ts';
import type { KernelRing } from '../executor/kernel-ring.ts';
import { Machine } from '../executor/machine.ts';
import type { Clock } from '../kernel/clock.ts';
import type { FileSystem } from '../kernel/file-system.ts';
import type { HostDigests } from '../kernel/host.ts';
import type { OperationTable } from '../ops/table.ts';
import { ringState } from '../ring/binding.ts';
import { Rung } from '../ring/doorbell.ts';
import { closeRegion } from '../ring/ending.ts';
import type { FileRows } from '../ring/file-rows.ts';
import { Latencies } from '../ring/histogram.ts';
import { Ledger } from '../ring/ledger.ts';
import { isRecordOpen } from '../ring/ledger-record.ts';
import { Parking } from '../ring/park.ts';
import { viewRegion } from '../ring/region.ts';
import { Attached } from './attached.ts';
import type { ExecutorMessage, ExecutorOrder, RingOrder, ServeTask } from './messages.ts';

/** What the host thread adds to a task. */
export interface ServeHost {
  readonly clock: Clock;
  readonly table: OperationTable;
  /** The mounts that the kernel was booted with. */
  readonly files: FileSystem & FileReviver;
  /** Where those note the files that are open. */
  readonly fileRows: FileRows;
  readonly digests: HostDigests;
  /** Calls that may be under way in the host's pool at once. */
  readonly pooledMax: number;
  /** Closes what the mounts keep open for themselves, as the last call. */
  readonly closeFiles: () => void;
  /** Whether the thread may block: an executor thread does, the supervisor must not. */
  readonly mayBlock: boolean;
}

/** Whether the predecessor died between closing a ring in the ledger and telling anybody. */
const wasClosing = (ledger: Ledger, { slot, region }: RingOrder): boolean =>
  !isRecordOpen(ledger, slot) && ringState(viewRegion(region)) !== RING_STATE.NEW;

/** One thread's service of one executor's rings. */
export class Service {
  readonly #machine: Machine;
  readonly #executor: Executor;
  readonly #port: MessagePort;
  readonly #parking: Parking;
  readonly #attached: Attached;
  readonly #mayBlock: boolean;
  readonly #again = (): void => this.#loop();
  readonly #closeFiles: () => void;
  /** The kernel closes; it waits for calls of the host that are under way. */
  #ending = false;
  #stopped = false;
  /** A parkAsync() is under way. */
  #asleep = false;
  readonly #silent = Promise.withResolvers<void>();

  /** Adopts the ledger, attaches the rings, and serves from the next turn of the event loop on. */
  constructor({ share, index, rings, port }: ServeTask, host: ServeHost) {
    const { clock, table, files, fileRows, digests, pooledMax } = host;
    const executorShare = share.executors[index]!;
    const ledger = new Ledger(new Int32Array(executorShare.ledger));
    const doorbell = new Int32Array(executorShare.doorbell);
    const rung = new Rung(doorbell);
    const board = new Int32Array(share.board);
    const parking = new Parking({ doorbell, board, index, rung });
    this.#port = port;
    this.#parking = parking;
    this.#mayBlock = host.mayBlock;
    this.#closeFiles = host.closeFiles;
    this.#attached = new Attached(fileRows);
    this.#machine = new Machine({
      ledger,
      clock,
      table,
      files,
      digests,
      latencies: new Latencies(executorShare.latencies),
      report: (error) => this.#tell({ type: 'bug', message: String(error) }),
      closed: (ring) => this.#onClosed(ring),
      pooledMax,
      woken: () => {
        parking.interrupt();
        this.#fallSilent();
      },
    });
    const idle = { spinMaxNs: share.spinMaxNs, cores: share.cores };
    const takeOrders = () => this.#takeOrders();
    this.#executor = new Executor({ machine: this.#machine, rung, parking, idle, takeOrders });
    parking.begin();
    const halfClosed = rings.filter((ring) => wasClosing(ledger, ring));
    const attached = rings
      .filter((ring) => !halfClosed.includes(ring))
      .map((ring) => this.#attach(ring));
    const find = (mark: ProcessMark) => this.#attached.marked(mark);
    reviveFiles(fileRows, files, { find, hostKeepsFiles: share.hostKeepsFiles });
    adopt(this.#machine);
    for (const ring of halfClosed) this.#finishClosing(ring);
    for (const ring of attached) if (ring.alive) this.#executor.begin(ring);
    this.#takeOrders();
    setImmediate(this.#again);
  }

  /**
   * Ends the service; the thread may serve again later. Resolves when nothing of it is left: no
   * call in the host's pool that could write to a process's memory, no sleep that could touch the
   * bell.
   */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#port.close();
    this.#parking.interrupt();
    return this.#silent.promise;
  }

  /** It is stopped: the last call of the host, or the end of its last sleep, makes it silent. */
  #fallSilent(): void {
    if (this.#stopped && !this.#asleep && !this.#waitsForHost) this.#silent.resolve();
  }

  #loop(): void {
    this.#asleep = false;
    if (this.#ending && this.#mayEnd) this.#end();
    if (this.#stopped) {
      this.#fallSilent();
      return;
    }
    if (this.#mayBlock && !this.#waitsForHost) this.#serveAWhile();
    else if (!this.#serveBriefly()) {
      this.#asleep = true;
      void this.#executor.parkAsync().then(() => this.#loop());
      return;
    }
    setImmediate(this.#again);
  }

  /** The host answers in the event loop of this thread: it must turn, and not be blocked. */
  get #waitsForHost(): boolean {
    return this.#machine.continuations.underWay > 0;
  }

  get #mustTurn(): boolean {
    return this.#ending || this.#waitsForHost;
  }

  /** Requests whose ring ended let go of their files when the host has answered them. */
  get #mayEnd(): boolean {
    return !this.#waitsForHost && !this.#machine.continuations.hasReady;
  }

  /** Serves until a slice is over, nothing came for a while, or many sleeps and spins were cut. */
  #serveAWhile(): void {
    for (let round = 0; round < ROUNDS_PER_EVENT_TURN; round++)
      if (this.#executor.runSlice() || this.#mustTurn || !this.#executor.park()) return;
  }

  /** Serves a slice, or what a spin finds; true: there is more. */
  #serveBriefly(): boolean {
    return this.#executor.runSlice() || (this.#mayBlock && this.#executor.spin());
  }

  #takeOrders(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      const order = received.message as ExecutorOrder;
      if (order.type === 'attach') this.#executor.begin(this.#attach(order.ring));
      else if (order.type === 'detach') this.#detach(order.id);
      else this.#beginToEnd();
    }
  }

  /** The files of every process close with its rings. */
  #beginToEnd(): void {
    this.#ending = true;
    for (const ring of this.#attached.rings()) this.#machine.end(ring, RING_STATE.CLOSED);
  }

  #end(): void {
    this.#closeFiles();
    this.#tell({ type: 'ended' });
    void this.stop();
  }

  #attach(order: RingOrder): KernelRing {
    const { slot, region, inFlightMax } = order;
    const process = this.#attached.processOf(order);
    const { flags } = region.facts;
    const parts = { slot, process, region: viewRegion(region), flags, inFlightMax };
    const ring = this.#machine.attach({ ...parts, mode: 'poll' });
    this.#attached.add(order, ring);
    return ring;
  }

  #detach(id: string): void {
    const ring = this.#attached.get(id);
    if (ring !== undefined) this.#machine.end(ring, RING_STATE.CLOSED);
  }

  #onClosed(ring: KernelRing): void {
    this.#executor.forget(ring);
    const id = this.#attached.remove(ring);
    if (id !== undefined) this.#tell({ type: 'closed', id });
  }

  /** The predecessor closed the ring in the ledger, and told perhaps not everybody. */
  #finishClosing({ id, region }: RingOrder): void {
    closeRegion(viewRegion(region), 0);
    this.#tell({ type: 'closed', id });
  }

  #tell(message: ExecutorMessage): void {
    this.#port.postMessage(message);
  }
}
