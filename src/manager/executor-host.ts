/** One executor's thread: starts it in a pool of its own, learns of its death, starts the next. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { fail } from '../abi/errno.ts';
import { BOOT_FAILURES_MAX, BOOT_TIMEOUT_MS } from '../abi/limits.ts';
import { LEDGER_HEAD } from '../abi/private.ts';
import { Doorbell, SUPERVISOR_SLOT } from '../ring/doorbell.ts';
import { closeRegion } from '../ring/ending.ts';
import { LedgerReader } from '../ring/ledger-reader.ts';
import { viewRegion } from '../ring/region.ts';
import type {
  ExecutorMessage,
  ExecutorOrder,
  KernelShare,
  RingOrder,
  ServeTask,
} from './messages.ts';

// Piscina hosts the thread; a task that never ended would hide its errors and keep the program
// alive. So the task only makes the thread an executor and returns, and the loop lives on the
// thread's event loop: a throw there ends the thread, which is what makes recovery certain. A pool
// of one thread for each executor, and a new pool for each thread: two executors can then never
// meet in one thread, and the successor starts after the exit event of its predecessor, not after
// the error event that piscina replaces a worker on (the dying thread may still be storing then).

/** Milliseconds an executor may take to close what it has open, when its kernel closes. */
const CLOSE_TIMEOUT_MS = 1000;

/** Serves rings on the calling thread until it is stopped. */
export type ServeInline = (task: ServeTask) => { stop(): Promise<void> };
export type LoadInline = () => Promise<ServeInline>;

/** What a host tells its supervisor. */
export interface HostEvents {
  readonly closed: (ring: RingOrder) => void;
  readonly bug: (message: string) => void;
  /** The thread ended and another serves now; `inline`: the supervisor's own. */
  readonly replaced: (reason: string, recoveryMs: number, inline: boolean) => void;
  readonly serving: () => void;
}

export interface HostParts {
  readonly share: KernelShare;
  readonly index: number;
  /** The module that piscina loads, exporting `serve`. */
  readonly executorFile: string;
  /** Loads what serves on the calling thread, which must not block. */
  readonly loadInline: LoadInline;
  readonly events: HostEvents;
}

/** The thread of one executor, whichever it is at the moment. */
export class ExecutorHost {
  readonly #parts: HostParts;
  readonly #rings = new Map<string, RingOrder>();
  /** Rings whose closing was asked for and not confirmed. */
  readonly #detaching = new Set<string>();
  readonly #bell: Doorbell;
  readonly #ledger: LedgerReader;
  #pool: Piscina | undefined;
  #port: MessagePort | undefined;
  #inline: { stop(): Promise<void> } | undefined;
  #failures = 0;
  #turnsBefore = 0;
  /** The next exit was asked for and is no failure. */
  #replacing = false;
  #closing = false;
  /** No thread serves: it said so, or there is none. */
  readonly #ended = Promise.withResolvers<void>();

  constructor(parts: HostParts) {
    this.#parts = parts;
    const { doorbell, ledger } = parts.share.executors[parts.index]!;
    this.#ledger = new LedgerReader(ledger);
    this.#bell = new Doorbell(new Int32Array(doorbell), SUPERVISOR_SLOT);
  }

  /** Starts the first thread. */
  start(): void {
    this.#launch(undefined, performance.now());
  }

  /** Hands a new ring over; whoever serves next gets it too. */
  attach(ring: RingOrder): void {
    this.#rings.set(ring.id, ring);
    this.#order({ type: 'attach', ring });
  }

  /** Closes a ring; `closed` follows, at once if the ring is gone already. */
  detach(id: string): void {
    if (!this.#rings.has(id)) return;
    this.#detaching.add(id);
    this.#order({ type: 'detach', id });
  }

  /** Ends the thread, as an operator's drill or a test of recovery would; revives a fallen one. */
  replace(): void {
    this.#failures = 0;
    this.#replacing = this.#inline === undefined;
    if (this.#inline === undefined) {
      void this.#pool?.threads[0]?.terminate();
      return;
    }
    const inline = this.#inline;
    this.#inline = undefined;
    const stoppedMs = performance.now();
    void inline.stop().then(() => {
      if (!this.#closing) this.#launch('replaced', stoppedMs);
    });
  }

  /**
   * Ends the thread for good, and with it every ring it served. It gets the time to close the files
   * of its processes, unless it is busy for longer than CLOSE_TIMEOUT_MS.
   */
  async close(): Promise<void> {
    this.#closing = true;
    this.#order({ type: 'end' });
    const timer = setTimeout(() => this.#ended.resolve(), CLOSE_TIMEOUT_MS);
    await this.#ended.promise;
    clearTimeout(timer);
    void this.#inline?.stop();
    this.#port?.close();
    await this.#pool?.destroy();
    for (const { region } of this.#rings.values()) closeRegion(viewRegion(region), fail('EBADF'));
  }

  #order(order: ExecutorOrder): void {
    this.#port?.postMessage(order);
    this.#bell.ring();
  }

  /** `reason`: why the last thread ended; undefined for the first. */
  #launch(reason: string | undefined, diedAtMs: number): void {
    const { share, index, executorFile, events } = this.#parts;
    const port2 = this.#openPort();
    this.#turnsBefore = this.#ledger.head(LEDGER_HEAD.turns);
    const pool = new Piscina({
      filename: executorFile,
      name: 'serve',
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: 'disabled',
      resourceLimits: share.resourceLimits,
      trackUnmanagedFds: false,
    });
    this.#pool = pool;
    let cause = 'exit';
    pool.on('error', (error: unknown) => {
      cause = String(error);
    });
    const task: ServeTask = { share, index, rings: [...this.#rings.values()], port: port2 };
    const served = pool.run(task, { transferList: [port2] });
    const thread = pool.threads[0]!;
    const timer = setTimeout(() => void thread.terminate(), BOOT_TIMEOUT_MS);
    thread.once('error', (error: unknown) => {
      cause = String(error);
    });
    thread.once('exit', () => {
      clearTimeout(timer);
      this.#onExit(cause);
    });
    served.then(
      () => {
        clearTimeout(timer);
        events.serving();
        if (reason !== undefined) events.replaced(reason, performance.now() - diedAtMs, false);
      },
      (error: unknown) => {
        cause = String(error);
        void thread.terminate(); // it may be alive with a task that failed: end it, then retry
      },
    );
  }

  #onExit(reason: string): void {
    if (this.#closing) {
      this.#ended.resolve();
      return;
    }
    this.#port?.close();
    void this.#pool?.destroy();
    this.#pool = undefined;
    if (this.#ledger.head(LEDGER_HEAD.turns) !== this.#turnsBefore) this.#failures = 0;
    if (!this.#replacing) this.#failures++;
    this.#replacing = false;
    // At the first failure, when there may still be memory and descriptors to load anything with.
    const loaded = this.#failures > 0 ? this.#parts.loadInline() : undefined;
    loaded?.catch(() => {}); // told below, if it is needed
    if (loaded !== undefined && this.#failures > BOOT_FAILURES_MAX)
      void this.#serveInline(reason, loaded);
    else this.#launch(reason, performance.now());
  }

  /** Nothing else can: better slow than lost. */
  async #serveInline(reason: string, loaded: Promise<ServeInline>): Promise<void> {
    const { share, index, events } = this.#parts;
    const stoppedMs = performance.now();
    const serve = await loaded.catch((error: unknown) => {
      events.bug(String(error));
      return undefined;
    });
    if (this.#closing) {
      this.#ended.resolve();
      return;
    }
    if (serve === undefined) {
      this.#launch(reason, stoppedMs); // one more try is all that is left
      return;
    }
    const port2 = this.#openPort();
    this.#inline = serve({ share, index, rings: [...this.#rings.values()], port: port2 });
    events.replaced(reason, performance.now() - stoppedMs, true);
    events.serving();
  }

  /** A channel to the next thread; returns its end, with what the last one left undone in it. */
  #openPort(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (message: ExecutorMessage) => this.#receive(message));
    for (const id of this.#detaching) port1.postMessage({ type: 'detach', id });
    return port2;
  }

  #receive(message: ExecutorMessage): void {
    const { events } = this.#parts;
    if (message.type === 'ended') {
      this.#ended.resolve();
      return;
    }
    if (message.type === 'bug') {
      events.bug(message.message);
      return;
    }
    const ring = this.#rings.get(message.id);
    if (ring === undefined) return; // told twice: by the executor that died, and by the next
    this.#rings.delete(message.id);
    this.#detaching.delete(message.id);
    events.closed(ring);
  }
}
