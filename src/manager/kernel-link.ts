/** A manager's line to its kernel: boots the supervisor's thread, or joins a kernel that runs. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { KeepAlive } from '../client/keep-alive.ts';
import type { KernelShare, ManagerMessage, SupervisorMessage } from './messages.ts';

/** What a kernel tells the owners of its managers. */
export type KernelEvent = Extract<SupervisorMessage, { type: 'bug' | 'replaced' }>;

/** What a manager is told. */
export interface LinkEvents {
  readonly event: (event: KernelEvent) => void;
  /** An executor let go of the ring with that id. */
  readonly closed: (id: string) => void;
  /** The kernel ended: no executor serves any more. Told once. */
  readonly ended: () => void;
}

/** Messages to the supervisor and from it, and the life of the kernel as seen from here. */
export class KernelLink {
  readonly #events: LinkEvents;
  readonly #port: MessagePort;
  readonly #supervisor: Worker | undefined;
  readonly #keepAlive = new KeepAlive();
  readonly #ready = Promise.withResolvers<void>();
  readonly #exited = Promise.withResolvers<void>();
  #ended = false;

  /** `port`: one that another manager's link made, by join(); without it a kernel is booted. */
  constructor(share: KernelShare, events: LinkEvents, port?: MessagePort) {
    this.#events = events;
    if (port === undefined) {
      const { port1, port2 } = new MessageChannel();
      this.#port = port1;
      this.#supervisor = this.#boot(share, port2);
    } else {
      this.#port = port;
      this.#ready.resolve();
    }
    this.#port.on('message', (message: SupervisorMessage) => this.#receive(message));
    this.#port.on('close', () => this.#onEnd());
    this.#port.unref(); // a kernel keeps no program alive: awaited completions do
  }

  /** Resolves when every executor has begun to serve, or the kernel ended. */
  get ready(): Promise<void> {
    return this.#keepAlive.during(this.#ready.promise);
  }

  /** Keeps the program alive until the kernel did what was asked. */
  during<T>(answer: Promise<T>): Promise<T> {
    return this.#keepAlive.during(answer);
  }

  /** Nothing can be asked of the kernel any more. */
  get ended(): boolean {
    return this.#ended;
  }

  tell(message: ManagerMessage): void {
    this.#port.postMessage(message);
  }

  /** A port for the link of one more manager, here or on another thread. */
  join(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#port.postMessage({ type: 'manager', port: port1 } satisfies ManagerMessage, [port1]);
    return port2;
  }

  /** Ends the kernel that was booted here; lets go of one that was joined, which goes on. */
  async close(): Promise<void> {
    if (this.#supervisor === undefined) {
      this.#ended = true;
      this.#port.close();
      return;
    }
    this.tell({ type: 'close' });
    await this.#keepAlive.during(this.#exited.promise);
  }

  #boot(share: KernelShare, port: MessagePort): Worker {
    const suffix = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const supervisor = new Worker(new URL(`../../workers/supervisor.${suffix}`, import.meta.url), {
      workerData: { share, port },
      transferList: [port],
      trackUnmanagedFds: false, // else no thread below it could leave its files to its successor
    });
    supervisor.unref();
    supervisor.once('error', (error: unknown) => {
      this.#events.event({ type: 'bug', executor: -1, message: `supervisor: ${error}` });
    });
    supervisor.once('exit', () => {
      this.#onEnd();
      this.#exited.resolve();
    });
    return supervisor;
  }

  #onEnd(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#port.close();
    this.#events.ended();
    this.#ready.resolve();
  }

  #receive(message: SupervisorMessage): void {
    switch (message.type) {
      case 'ready':
        this.#ready.resolve();
        break;
      case 'closed':
        this.#events.closed(message.id);
        break;
      default:
        this.#events.event(message);
    }
  }
}
