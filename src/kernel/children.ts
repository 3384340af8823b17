/** The children of a process: what became of each, and who waits to be told. */
import { fail, type Res } from '../abi/errno.ts';
import { POLL } from '../abi/poll.ts';
import { CLD, P, SIG, W } from '../abi/wait.ts';
import type { Pollable } from './open-file.ts';
import { WaitQueue } from './wait-queue.ts';

// A child has one thing to tell at a time, and the newest counts: that it stopped, that it was
// continued, that it died. Being told of a stop or a continuation takes it back; being told of a
// death takes the child out of the table, and its pid is free. Whoever waits looks for itself, in
// the order in which they came, whenever anything happened to any child: several may wait for
// different ones.

/** Nothing to tell. */
const NOTHING = 0;

/** What a wait is for: P_ kind, number, W options. */
export interface ChildWait {
  readonly kind: number;
  readonly id: number;
  readonly options: number;
}

/** What else is known of a child. */
export interface ChildFacts {
  /** Its process group; default that of its parent. */
  readonly group?: number;
  readonly uid?: number;
}

/** One child, as its parent sees it. */
export class Child {
  readonly pid: number;
  readonly uid: number;
  /** The number of its process group. */
  group: number;
  /** CLD_ code of what there is to tell, or 0. */
  cause: number = NOTHING;
  /** What it exited with, or a signal. */
  status = 0;
  #isDead = false;
  #isStopped = false;
  /** The table of its parent; undefined when that died before it. */
  #table: Children | undefined;

  constructor(table: Children, pid: number, facts: ChildFacts) {
    this.pid = pid;
    this.uid = facts.uid ?? 0;
    this.group = facts.group ?? table.group;
    this.#table = table;
  }

  /** It is over, and waits to be told of. */
  get isDead(): boolean {
    return this.#isDead;
  }

  /** It ended by itself; a status has 8 bits. Nothing more happens to one that is dead. */
  exit(status: number): void {
    this.#die(CLD.EXITED, status & 0xff);
  }

  /** A signal ended it, and a core was dumped or not. */
  kill(signal: number, isDumped = false): void {
    this.#die(isDumped ? CLD.DUMPED : CLD.KILLED, signal);
  }

  /** A signal stopped it, if it was running. */
  stop(signal: number = SIG.STOP): void {
    if (this.#isDead || this.#isStopped) return;
    this.#isStopped = true;
    this.#tell(CLD.STOPPED, signal);
  }

  /** It goes on, if it was stopped. */
  continue(): void {
    if (this.#isDead || !this.#isStopped) return;
    this.#isStopped = false;
    this.#tell(CLD.CONTINUED, SIG.CONT);
  }

  /** Its parent was told. */
  told(): void {
    if (this.#isDead) this.#table?.forget(this);
    else this.cause = NOTHING;
  }

  /** Its parent died: nobody will be told. */
  abandon(): void {
    this.#table = undefined;
  }

  #die(cause: number, status: number): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#tell(cause, status);
  }

  #tell(cause: number, status: number): void {
    this.cause = cause;
    this.status = status;
    this.#table?.waiters.wake(POLL.IN);
  }
}

/** The option that asks for a CLD_ code. */
function optionOf(cause: number): number {
  if (cause === NOTHING) return 0;
  if (cause === CLD.STOPPED) return W.STOPPED;
  return cause === CLD.CONTINUED ? W.CONTINUED : W.EXITED;
}

/** Those that a process may wait for, oldest first. */
export class Children implements Pollable {
  readonly waiters = new WaitQueue();
  /** The process group of the parent, which its children begin in. */
  group: number;
  readonly #children = new Map<number, Child>();

  constructor(group: number) {
    this.group = group;
  }

  get size(): number {
    return this.#children.size;
  }

  /** A child is born. Throws RangeError when its pid is none, or that of another child. */
  add(pid: number, facts: ChildFacts = {}): Child {
    if (!Number.isInteger(pid) || pid <= 0 || pid > 0x7fff_ffff)
      throw new RangeError(`children: ${pid} is no pid`);
    if (this.#children.has(pid)) throw new RangeError(`children: pid ${pid} is in use`);
    const child = new Child(this, pid, facts);
    this.#children.set(pid, child);
    return child;
  }

  get(pid: number): Child | undefined {
    return this.#children.get(pid);
  }

  /** One that has something to tell; 0 when none has yet, -ECHILD when none ever will. */
  find(wait: ChildWait): Child | Res {
    let isHopeless = true;
    if (wait.kind === P.PID) {
      const child = this.#children.get(wait.id);
      if (child === undefined) return fail('ECHILD');
      if ((optionOf(child.cause) & wait.options) !== 0) return child;
      isHopeless = child.isDead;
    } else {
      const group = wait.id === 0 ? this.group : wait.id;
      for (const child of this.#children.values()) {
        if (wait.kind === P.PGID && child.group !== group) continue;
        if ((optionOf(child.cause) & wait.options) !== 0) return child;
        if (!child.isDead) isHopeless = false;
      }
    }
    return isHopeless ? fail('ECHILD') : 0;
  }

  /** Its death was told of. */
  forget(child: Child): void {
    this.#children.delete(child.pid);
  }

  /** The parent is dead: its children are nobody's, and tell nobody. */
  abandon(): void {
    for (const child of this.#children.values()) child.abandon();
    this.#children.clear();
  }

  /** POLLIN when there is anything to tell. */
  readiness(): number {
    for (const child of this.#children.values()) if (child.cause !== NOTHING) return POLL.IN;
    return 0;
  }
}
