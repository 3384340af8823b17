/** The supervisor: a thread of its own that keeps executors running whatever the others do. */
import type { MessagePort } from 'node:worker_threads';
import { Slots } from '../ring/slots.ts';
import { ExecutorHost, type LoadInline } from './executor-host.ts';
import type { KernelShare, ManagerMessage, RingOrder, SupervisorMessage } from './messages.ts';

/** What the supervisor's thread gives it. */
export interface SupervisorParts {
  readonly share: KernelShare;
  /** The manager that booted the kernel. */
  readonly port: MessagePort;
  readonly executorFile: string;
  readonly loadInline: LoadInline;
}

/** Knows every ring of every executor, so that each successor can be told of them. */
export class Supervisor {
  readonly #hosts: readonly ExecutorHost[];
  readonly #slots: readonly Slots[];
  #ports: MessagePort[] = [];
  readonly #serving = new Set<number>();

  constructor({ share, port, executorFile, loadInline }: SupervisorParts) {
    this.#slots = share.executors.map(({ slots }) => new Slots(slots));
    this.#hosts = share.executors.map(({ index }) => {
      const events = {
        closed: (ring: RingOrder) => {
          this.#slots[index]!.release(ring.slot);
          this.#tell({ type: 'closed', id: ring.id });
        },
        bug: (message: string) => this.#tell({ type: 'bug', executor: index, message }),
        replaced: (reason: string, recoveryMs: number, inline: boolean) =>
          this.#tell({ type: 'replaced', executor: index, reason, recoveryMs, inline }),
        serving: () => {
          this.#serving.add(index);
          if (this.#serving.size === share.executors.length) this.#tell({ type: 'ready' });
        },
      };
      return new ExecutorHost({ share, index, executorFile, loadInline, events });
    });
    this.#listen(port);
    for (const host of this.#hosts) host.start();
  }

  #listen(port: MessagePort): void {
    this.#ports.push(port);
    port.on('message', (message: ManagerMessage) => this.#onManager(message));
    port.on('close', () => {
      this.#ports = this.#ports.filter((known) => known !== port);
    });
  }

  #onManager(message: ManagerMessage): void {
    switch (message.type) {
      case 'attach':
        this.#hosts[message.executor]!.attach(message.ring);
        break;
      case 'detach':
        this.#hosts[message.executor]!.detach(message.id);
        break;
      case 'replace':
        this.#hosts[message.executor]!.replace();
        break;
      case 'manager':
        this.#listen(message.port);
        break;
      case 'close':
        void this.#close();
    }
  }

  #tell(message: SupervisorMessage): void {
    for (const port of this.#ports) port.postMessage(message);
  }

  /** Ends all threads, then lets this one end: its ports were all that kept it. */
  async #close(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.close()));
    for (const port of this.#ports) port.close();
  }
}
