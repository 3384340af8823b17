/** Question: what does each layer between an SQE and its CQE add? */
import { CQE, SQE } from '../src/abi/layout.ts';
import { DOORBELL_BYTES } from '../src/abi/private.ts';
import {
  createInlineRing,
  HostClock,
  InlineKernel,
  IoUringManager,
  Process,
  ProcessMemory,
  prepRw,
  type Ring,
} from '../src/index.ts';
import { CompletionQueue, CompletionSink } from '../src/ring/completion.ts';
import { Doorbell, Rung } from '../src/ring/doorbell.ts';
import { createLedger, Ledger } from '../src/ring/ledger.ts';
import { createRegion, viewRegion } from '../src/ring/region.ts';
import { SubmissionQueue, SubmissionSource } from '../src/ring/submission.ts';
import type { Comparison, Context, Question } from './harness.ts';
import { Flight, parked, sumBelow } from './workers/flight.ts';

const BATCH = 64;
const SQ_ENTRIES = 256;
/** The ring's place on the doorbell and in the ledger. */
const SLOT = 1;
const SPIN_NS = 1_000_000;

/** Both ends of a ring on one thread, with as much of an executor around it as asked for. */
class BareRing {
  readonly #region = viewRegion(createRegion({ sqEntries: SQ_ENTRIES, cqEntries: 512, flags: 0 }));
  readonly #submission = new SubmissionQueue(this.#region);
  readonly #source = new SubmissionSource(this.#region, 0);
  readonly #sink = new CompletionSink(this.#region, 0, 0);
  readonly #completion = new CompletionQueue(this.#region);
  readonly #bell = new Int32Array(new SharedArrayBuffer(DOORBELL_BYTES));
  readonly #doorbell = new Doorbell(this.#bell, SLOT);
  readonly #rung = new Rung(this.#bell);
  readonly #slots = new Int32Array(1);
  readonly #ledger = new Ledger(new Int32Array(createLedger(1024)));
  readonly #record = this.#ledger.recordAt(SLOT);
  readonly #rings: boolean;
  readonly #keepsLedger: boolean;

  constructor({ rings, keepsLedger }: { rings: boolean; keepsLedger: boolean }) {
    this.#rings = rings;
    this.#keepsLedger = keepsLedger;
  }

  /** NOPs in batches; the sum of user_data that came back, modulo 2^32. */
  run(total: number): number {
    let sum = 0;
    for (let done = 0; done < total; ) {
      this.#submit(done, Math.min(total, done + BATCH));
      if (!this.#rings || this.#rung.collect(this.#slots) === 1) {
        if (this.#keepsLedger) this.#serveByLedger();
        else this.#serve();
      }
      const count = this.#completion.ready();
      for (let i = 0; i < count; i++) {
        sum = (sum + this.#region.words[this.#completion.slotAt(i) + CQE.userDataLow]!) | 0;
      }
      this.#completion.release(count);
      done += count;
    }
    return sum >>> 0;
  }

  #submit(from: number, to: number): void {
    const { words } = this.#region;
    for (let userData = from; userData < to; userData++) {
      const sqe = this.#submission.reserve();
      prepRw(0, words, sqe, -1, 0, 0, 0);
      words[sqe + SQE.userDataLow] = userData;
      words[sqe + SQE.userDataHigh] = 0;
    }
    this.#submission.publish();
    if (this.#rings) this.#doorbell.ring();
  }

  #serve(): void {
    const { words } = this.#region;
    const count = this.#source.available();
    for (let i = 0; i < count; i++) {
      const sqe = this.#source.slotAt(i);
      const low = words[sqe + SQE.userDataLow]!;
      this.#sink.write(this.#sink.reserve(), low, words[sqe + SQE.userDataHigh]!, 0, 0);
    }
    this.#source.release(count);
    this.#sink.publish();
  }

  /** Entry by entry, as ledger.ts has it: announced, each a step. */
  #serveByLedger(): void {
    const { words } = this.#region;
    const ledger = this.#ledger;
    const record = this.#record;
    const count = this.#source.available();
    ledger.announce(record, count);
    for (let i = 0; i < count; i++) {
      const sqe = this.#source.slotAt(0);
      const low = words[sqe + SQE.userDataLow]!;
      this.#sink.write(this.#sink.reserve(), low, words[sqe + SQE.userDataHigh]!, 0, 0);
      this.#source.advance();
      ledger.step(record);
    }
    ledger.countCompleted(record, count);
    this.#source.release(0);
    this.#sink.publish();
  }
}

function inlineRing(): Ring {
  const report = (error: unknown): never => {
    throw error;
  };
  const clock = new HostClock(() => {});
  const process = new Process(1, ProcessMemory.reserve(1 << 16));
  return createInlineRing(new InlineKernel({ clock, report }), process, SQ_ENTRIES);
}

/** NOPs in batches on an inline ring, each awaited through a Promise of its own. */
function promiseFlight(ring: Ring): (total: number) => Promise<number> {
  const resolvers: ((userData: number) => void)[] = new Array(BATCH).fill(() => {});
  const settle = (cqe: number): void => {
    const userData = ring.cqeGetData(cqe);
    resolvers[userData % BATCH]!(userData);
  };
  const nop = (userData: number): Promise<number> => {
    const sqe = ring.getSqe();
    ring.prepNop(sqe);
    ring.sqeSetData(sqe, userData);
    return new Promise((resolve) => {
      resolvers[userData % BATCH] = resolve;
    });
  };
  return async (total) => {
    let sum = 0;
    const add = (userData: number): void => {
      sum = (sum + userData) | 0;
    };
    for (let done = 0; done < total; ) {
      let last: Promise<void> | undefined;
      for (const end = Math.min(total, done + BATCH); done < end; done++)
        last = nop(done).then(add);
      ring.submit();
      ring.cqAdvance(ring.forEachCqe(settle));
      await last;
    }
    return sum >>> 0;
  };
}

type Work = (total: number) => number | Promise<number>;

/** What each layer costs beyond the one above it in the table. */
function noteSteps(context: Context, comparison: Comparison, names: readonly string[]): void {
  const parts = names.slice(1).map((name, i) => {
    const added = (comparison.median(name) ?? 0) - (comparison.median(names[i]!) ?? 0);
    return `${name} ${added.toFixed(1)}`;
  });
  context.note(`ns that each layer adds to the one before: ${parts.join(', ')}`);
}

async function run(context: Context): Promise<void> {
  const manager = new IoUringManager({ spinMaxNs: SPIN_NS });
  context.defer(() => manager.close());
  await manager.ready;
  const total = context.count(1_000_000);
  const timed = (name: string, work: Work) => ({
    name,
    run: async () => {
      const startMs = performance.now();
      const sum = await work(total);
      const elapsedMs = performance.now() - startMs;
      if (sum !== sumBelow(total)) throw new Error(`${name}: completions do not add up`);
      context.checksum(sum);
      return (elapsedMs * 1e6) / total;
    },
  });
  const rings = new BareRing({ rings: false, keepsLedger: false });
  const belled = new BareRing({ rings: true, keepsLedger: false });
  const kept = new BareRing({ rings: true, keepsLedger: true });
  const inline = new Flight(inlineRing());
  const threads = new Flight(manager.createRing(1, { sqEntries: SQ_ENTRIES }));
  const layers = [
    timed('two rings', (n) => rings.run(n)),
    timed('+ doorbell', (n) => belled.run(n)),
    timed('+ ledger', (n) => kept.run(n)),
    { name: '+ machine (inline Ring)', run: () => inline.fly({ total, window: BATCH }) },
    timed('+ a Promise each', promiseFlight(inlineRing())),
  ];
  const full = async (): Promise<number> => {
    const ns = threads.fly({ total, window: BATCH });
    await parked(manager);
    return ns;
  };
  const comparison = await context.interleave([
    ...layers,
    { name: 'Ring, two threads', run: full },
  ]);
  context.table(`One entry, ${BATCH} in a batch, one thread unless told`, comparison);
  noteSteps(
    context,
    comparison,
    layers.map(({ name }) => name),
  );
}

export const question: Question = {
  name: 'stack',
  asks: 'what does each layer between an SQE and its CQE add?',
  readsAs:
    'each row does what the one above does, and more; two threads share the work, and pay for it.',
  run,
};
