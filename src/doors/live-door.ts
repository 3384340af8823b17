/** What a door has beyond files: chains, time, pipes and sockets. */

import type { SocketAddress } from './address.ts';
import { attempt } from './arguments.ts';
import { Chain } from './chain.ts';
import { Door } from './door.ts';
import type { Flow } from './flow.ts';
import { type IntervalOptions, interval } from './interval.ts';
import type { CallOptions } from './options.ts';
import {
  connect,
  type Listener,
  type ListenOptions,
  listen,
  type PipeEnds,
  pipe,
  type Socket,
  socketPair,
} from './socket.ts';

/**
 * Pipes and sockets are objects of the door's kernel: they connect parts of the program that use
 * this door, and all are on its first lane. They do not outlive their executor.
 */
export abstract class LiveDoor extends Door {
  /**
   * Steps that the kernel runs one after the other, each only if those before it succeeded; as far
   * as it can, in one submission. See Chain.
   */
  chain(): Chain {
    return new Chain({
      guess: this.guess,
      path: (path, name) => this.path(path, name),
      attempt: (work, options) => this.attempt(work, options),
    });
  }

  /**
   * Fires every `ms` milliseconds, from its first use until the loop is left:
   * `for await (const firings of uring.interval(100))`. A late reader skips what it missed.
   */
  interval(ms: number, options?: IntervalOptions): Flow<number> {
    this.check();
    return interval(this.lanes, ms, options);
  }

  /** Resolves after `ms` milliseconds of the kernel's clock. */
  async sleep(ms: number, options?: Pick<CallOptions, 'signal'>): Promise<void> {
    return attempt(async () => {
      const flow = this.interval(Math.max(ms, 1), { ...options, count: 1 });
      await flow.next();
      await flow.close();
    });
  }

  /** A pipe: `reader` receives what `writer` sends. */
  pipe(options?: CallOptions): Promise<PipeEnds> {
    return this.attempt((lanes) => pipe(lanes, this.lanes), options);
  }

  /** Two sockets that are connected to each other. */
  socketPair(options?: CallOptions): Promise<[Socket, Socket]> {
    return this.attempt((lanes) => socketPair(lanes, this.lanes), options);
  }

  /** A listener at `{ port }`, at 127.0.0.1 or another `host` of the loopback, or at `{ path }`. */
  listen(address: ListenOptions, options?: CallOptions): Promise<Listener> {
    return this.attempt((lanes) => listen(lanes, this.lanes, address), options);
  }

  /** A socket that is connected to a listener of this door. */
  connect(address: SocketAddress, options?: CallOptions): Promise<Socket> {
    return this.attempt((lanes) => connect(lanes, this.lanes, address), options);
  }
}
