/** Makes the calling thread an executor: machine, doorbell, orders, and a loop of events. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { RING_STATE } from '../abi/layout.ts';
import { ROUNDS_PER_EVENT_TURN } from '../abi/limits.ts';
import { adopt } from '../executor/adopt.ts';
import { Executor } from '../executor/executor.ts';
import type { KernelRing } from '../executor/kernel-ring.ts';
import { Machine } from '../executor/machine.ts';
import type { Clock } from '../kernel/clock.ts';
import { Process } from '../kernel/process.ts';
import type { OperationTable } from '../ops/table.ts';
import { ringState } from '../ring/binding.ts';
import { Rung } from '../ring/doorbell.ts';
import { closeRegion } from '../ring/ending.ts';
import { Ledger } from '../ring/ledger.ts';
import { ProcessMemory } from '../ring/memory.ts';
import { Parking } from '../ring/park.ts';
import { viewRegion } from '../ring/region.ts';
import type { ExecutorMessage, ExecutorOrder, RingOrder, ServeTask } from './messages.ts';

/** What the host thread adds to a task. */
export interface ServeHost {
  readonly clock: Clock;
  readonly table: OperationTable;
  /** Whether the thread may block: an executor thread does, the supervisor must not. */
  readonly mayBlock: boolean;
}

/** Whether the predecessor died between closing a ring in the ledger and telling anybody. */
const wasClosing = (ledger: Ledger, { slot, region }: RingOrder): boolean =>
  !ledger.isOpen(slot) && ringState(viewRegion(region)) !== RING_STATE.NEW;

/** One thread's service of one executor's rings. */
export class Service {
  readonly #machine: Machine;
  readonly #executor: Executor;
  readonly #port: MessagePort;
  readonly #processes = new Map<string, Process>();
  /** The rings it serves, by their id. */
  readonly #rings = new Map<string, KernelRing>();
  readonly #mayBlock: boolean;
  readonly #again = (): void => this.#loop();
  #stopped = false;

  /** Adopts the ledger, attaches the rings, and serves from the next turn of the event loop on. */
  constructor({ share, index, rings, port }: ServeTask, { clock, table, mayBlock }: ServeHost) {
    const executorShare = share.executors[index]!;
    const ledger = new Ledger(new Int32Array(executorShare.ledger));
    const doorbell = new Int32Array(executorShare.doorbell);
    const rung = new Rung(doorbell);
    const board = new Int32Array(share.board);
    const parking = new Parking({ doorbell, board, index, rung });
    this.#port = port;
    this.#mayBlock = mayBlock;
    this.#machine = new Machine({
      ledger,
      clock,
      table,
      report: (error) => this.#tell({ type: 'bug', message: String(error) }),
      closed: (ring) => this.#onClosed(ring),
    });
    const idle = { spinMaxNs: share.spinMaxNs, cores: share.cores };
    const takeOrders = () => this.#takeOrders();
    this.#executor = new Executor({ machine: this.#machine, rung, parking, idle, takeOrders });
    parking.begin();
    const halfClosed = rings.filter((ring) => wasClosing(ledger, ring));
    const attached = rings
      .filter((ring) => !halfClosed.includes(ring))
      .map((ring) => this.#attach(ring));
    adopt(this.#machine);
    for (const ring of halfClosed) this.#finishClosing(ring);
    for (const ring of attached) if (ring.alive) this.#executor.begin(ring);
    this.#takeOrders();
    setImmediate(this.#again);
  }

  /** Ends the service; the thread may serve again later. */
  stop(): void {
    this.#stopped = true;
    this.#port.close();
  }

  #loop(): void {
    if (this.#stopped) return;
    if (this.#mayBlock) this.#serveAWhile();
    else if (!this.#executor.runSlice()) {
      void this.#executor.parkAsync().then(() => this.#loop());
      return;
    }
    setImmediate(this.#again);
  }

  /** Serves until a slice is over, or what woke it was served, or many spins found work. */
  #serveAWhile(): void {
    let slept = false;
    for (let round = 0; round < ROUNDS_PER_EVENT_TURN; round++) {
      const more = this.#executor.runSlice();
      if (more || slept) return;
      slept = this.#executor.park();
    }
  }

  #takeOrders(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      const order = received.message as ExecutorOrder;
      if (order.type === 'attach') this.#executor.begin(this.#attach(order.ring));
      else this.#detach(order.id);
    }
  }

  #attach(order: RingOrder): KernelRing {
    const { id, slot, region, inFlightMax } = order;
    const process = this.#processOf(order);
    const { flags } = region.facts;
    const parts = { slot, process, region: viewRegion(region), flags, inFlightMax };
    const ring = this.#machine.attach({ ...parts, mode: 'poll' });
    process.descriptors.installAt(order.fd, ring);
    this.#rings.set(id, ring);
    return ring;
  }

  #processOf({ process: key, pid, memory }: RingOrder): Process {
    let process = this.#processes.get(key);
    if (process === undefined) {
      process = new Process(pid, ProcessMemory.attach(memory));
      this.#processes.set(key, process);
    }
    return process;
  }

  #detach(id: string): void {
    const ring = this.#rings.get(id);
    if (ring !== undefined) this.#machine.end(ring, RING_STATE.CLOSED);
  }

  #onClosed(ring: KernelRing): void {
    const { process } = ring;
    this.#executor.forget(ring);
    process.descriptors.remove(ring);
    if (process.descriptors.size === 0)
      for (const [key, known] of this.#processes)
        if (known === process) this.#processes.delete(key);
    for (const [id, known] of this.#rings) {
      if (known !== ring) continue;
      this.#rings.delete(id);
      this.#tell({ type: 'closed', id });
    }
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
