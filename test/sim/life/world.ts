/** Runs a program on a whole inline kernel in virtual time, and keeps what its process saw. */
import type { Res } from '../../../src/abi/errno.ts';
import { ENTER, SETUP, SQE_FLAG } from '../../../src/abi/flags.ts';
import { CONTROL, CQE, SQE, SQE_SHIFT } from '../../../src/abi/layout.ts';
import { OP } from '../../../src/abi/opcodes.ts';
import { SYNC_CANCEL, SYNC_CANCEL_BYTES } from '../../../src/abi/records.ts';
import { REGISTER } from '../../../src/abi/register.ts';
import { InlineKernel } from '../../../src/executor/inline.ts';
import type { KernelRing } from '../../../src/executor/kernel-ring.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import { Process } from '../../../src/kernel/process.ts';
import { CompletionQueue } from '../../../src/ring/completion.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';
import { SubmissionQueue } from '../../../src/ring/submission.ts';
import { AT, completed, ENCODERS, flagsOf, RECORD_AT } from './entries.ts';
import { Objects } from './objects.ts';
import type { LifeRing, Placed } from './placed.ts';
import { take } from './preparation.ts';
import { type Entry, OBJECTS, type Program, REGISTERED, type RingSpec } from './program.ts';
import { ScriptedFiles } from './scripted-files.ts';
import { keyOf, Trace } from './trace.ts';

const FLAGS_OF = {
  default: SETUP.CQSIZE,
  submitAll: SETUP.CQSIZE | SETUP.SUBMIT_ALL,
  defer: SETUP.CQSIZE | SETUP.SINGLE_ISSUER | SETUP.DEFER_TASKRUN | SETUP.TASKRUN_FLAG,
  coop: SETUP.CQSIZE | SETUP.COOP_TASKRUN | SETUP.TASKRUN_FLAG,
  sqpoll: SETUP.CQSIZE | SETUP.SQPOLL,
} as const;
const ROWS = 512;
const MEMORY_BYTES = 1 << 16;
const FD_BYTES = 4;
/** What a twin has of the flags of the first: none that ties it to others. */
const COPIED = SQE_FLAG.FIXED_FILE | SQE_FLAG.BUFFER_SELECT;

/** One kernel, one process, and its rings. */
export class LifeWorld {
  readonly clock = new VirtualClock({ startNs: 1e9 });
  readonly files = new ScriptedFiles();
  readonly trace = new Trace();
  readonly bugs: unknown[] = [];
  readonly memory = ProcessMemory.reserve(MEMORY_BYTES);
  readonly process = new Process(1, this.memory);
  readonly kernel: InlineKernel;
  readonly objects: Objects;
  readonly rings: LifeRing[];
  readonly placed: Placed[] = [];
  /** Bytes that others wrote to each pipe, less those that they read. */
  readonly poured = [0, 0];
  #buffers = 0;

  constructor({ rings }: Pick<Program, 'rings'>) {
    this.kernel = new InlineKernel({
      clock: this.clock,
      report: (error) => this.bugs.push(error),
      files: this.files,
      table: this.trace.table(),
      rows: ROWS,
    });
    this.trace.watch(this.kernel.machine);
    this.objects = new Objects(this.kernel, this.process, this.files);
    this.rings = rings.map((spec, index) => this.#open(spec, index));
  }

  #open(spec: RingSpec, index: number): LifeRing {
    const { kind, sqEntries, cqEntries, inFlightMax, firstIndex } = spec;
    const params = {
      flags: FLAGS_OF[kind],
      cqEntries,
      firstIndex,
      sqThreadIdleMs: 1,
      ...(inFlightMax > 0 ? { inFlightMax } : {}),
    };
    const made = this.kernel.setup(this.process, sqEntries, params);
    if (typeof made === 'number') throw new Error(`setup: ${made}`);
    const { fd, region } = made;
    if (spec.registers) this.#registerFiles(fd);
    return {
      index,
      spec,
      fd,
      region,
      submission: new SubmissionQueue(region),
      completion: new CompletionQueue(region),
      kernelRing: this.process.descriptors.get(fd) as KernelRing,
      queued: [],
      chains: [],
      reaped: [],
      open: undefined,
      headSeen: firstIndex | 0,
      hasSilent: false,
      isClosed: false,
    };
  }

  #registerFiles(fd: number): void {
    for (let i = 0; i < REGISTERED; i++)
      this.memory.setU32(RECORD_AT + FD_BYTES * i, this.objects.all[i]!.fd);
    this.#register(fd, REGISTER.FILES, REGISTERED);
  }

  #register(fd: number, number: number, count: number): Res {
    const call = { number, addrLow: RECORD_AT, addrHigh: 0, count };
    return this.kernel.register(this.process, fd, call);
  }

  /** A ring by any number; undefined when it is closed. */
  ringAt(index: number): LifeRing | undefined {
    const ring = this.rings[index % this.rings.length]!;
    return ring.isClosed ? undefined : ring;
  }

  /** The descriptor of an object or a ring. */
  #fdOf = (on: number): number => {
    const index = on % (OBJECTS.length + this.rings.length);
    return this.objects.all[index]?.fd ?? this.rings[index - OBJECTS.length]!.fd;
  };

  /** Writes an entry into the SQ; nothing happens when that is full. */
  place(ring: LifeRing, given: Entry): void {
    const sqe = ring.submission.reserve();
    if (sqe < 0) return;
    const id = this.placed.length;
    const named = this.placed[id - 1 - ((given.back ?? 0) % Math.max(1, id))];
    const isTwin = given.twin === true && named?.ring === ring;
    const entry = isTwin ? { ...named.entry, flags: named.flags & COPIED } : completed(given);
    const flags = flagsOf(entry);
    const key = isTwin ? named.key : id;
    const target = { words: ring.region.words };
    ENCODERS[entry.op](
      {
        target,
        sqe,
        id,
        memory: this.memory,
        fdOf: this.#fdOf,
        named: named?.key ?? 0,
        firstBuffer: (count) => {
          this.#buffers += count;
          return this.#buffers - count;
        },
      },
      entry,
    );
    const { words } = target;
    if ((flags & SQE_FLAG.FIXED_FILE) !== 0) words[sqe + SQE.fd] = entry.on;
    words[sqe + SQE.head]! |= flags << SQE_SHIFT.flags;
    words[sqe + SQE.userDataLow] = key;
    words[sqe + SQE.userDataHigh] = 0;
    const allFlags = (words[sqe + SQE.head]! >>> SQE_SHIFT.flags) & 0xff;
    const placed = { id, key, entry, flags: allFlags, ring, chain: undefined, failure: 0 };
    this.placed.push(placed);
    ring.queued.push(placed);
    ring.submission.publish();
  }

  /** Enters a ring; the result of the call. */
  enter(ring: LifeRing, toSubmit: number, wait: number, ns: number): Res {
    const events = wait >= 0 ? ENTER.GETEVENTS : 0;
    const res = this.kernel.enter(this.process, {
      fd: ring.fd,
      toSubmit: toSubmit < 0 ? ring.queued.length : toSubmit,
      minComplete: Math.max(0, wait),
      flags: events | (ring.spec.kind === 'sqpoll' ? ENTER.SQ_WAKEUP : 0),
      untilNs: this.clock.now() + ns,
    });
    this.look();
    return res;
  }

  /** Takes note of entries that were consumed. */
  look(): void {
    for (const ring of this.rings) {
      if (ring.isClosed) continue;
      const head = ring.region.words[CONTROL.sqHead]!;
      const count = (head - ring.headSeen) | 0;
      ring.headSeen = head;
      for (const placed of ring.queued.splice(0, count)) take(ring, placed);
      if (ring.kernelRing.chainHead === undefined) ring.open = undefined;
    }
  }

  reap(ring: LifeRing, max: number): number {
    const { words } = ring.region;
    const count = Math.min(ring.completion.ready(), max);
    for (let ahead = 0; ahead < count; ahead++) {
      const cqe = ring.completion.slotAt(ahead);
      const key = keyOf(words[cqe + CQE.userDataLow]!, words[cqe + CQE.userDataHigh]!);
      const [res, flags] = [words[cqe + CQE.res]!, words[cqe + CQE.flags]!];
      ring.reaped.push({ key: this.trace.nameOf(key), res, flags });
    }
    ring.completion.release(count);
    return count;
  }

  turn(): void {
    this.kernel.turn();
    this.look();
  }

  /** SYNC_CANCEL by the newest request of the program, or what the flags say. */
  syncCancel(ring: LifeRing, bits: number, on: number): Res {
    const { memory } = this;
    memory.bytes.fill(0, RECORD_AT, RECORD_AT + SYNC_CANCEL_BYTES);
    const named = this.placed.at(-1 - (on % Math.max(1, this.placed.length)));
    memory.setU64(RECORD_AT + SYNC_CANCEL.userData, named?.key ?? 0);
    memory.setU32(RECORD_AT + SYNC_CANCEL.fd, this.#fdOf(on));
    memory.setU32(RECORD_AT + SYNC_CANCEL.flags, bits);
    memory.setU8(
      RECORD_AT + SYNC_CANCEL.opcode,
      named?.entry.op === 'poll' ? OP.POLL_ADD : OP.READ,
    );
    const res = this.#register(ring.fd, REGISTER.SYNC_CANCEL, 1);
    this.look();
    return res;
  }

  setWord(word: number, value: number): void {
    this.memory.setU32(AT.words + FD_BYTES * (word % 2), value);
  }

  closeRing(ring: LifeRing): void {
    this.kernel.close(this.process, ring.fd);
    ring.isClosed = true;
  }
}
