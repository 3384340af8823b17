/** Operations that weigh what their executor's thread allocates; loaded by the heap question. */
import { GCProfiler, getHeapStatistics } from 'node:v8';
import { op, prepRw, type SqeWords } from '../../src/index.ts';

/** Bytes allocated so far from some origin, counting what was collected meanwhile. */
export class HeapMeter {
  #profiler = new GCProfiler();
  #usedBytes = 0;

  begin(): void {
    this.#profiler = new GCProfiler();
    this.#profiler.start();
    this.#usedBytes = getHeapStatistics().used_heap_size;
  }

  /** Bytes allocated since begin(): what the heap grew by, and what collections took from it. */
  end(): number {
    const grownBytes = getHeapStatistics().used_heap_size - this.#usedBytes;
    const { statistics } = this.#profiler.stop() ?? { statistics: [] };
    return statistics.reduce(
      (bytes, { beforeGC, afterGC }) =>
        bytes + beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize,
      grownBytes,
    );
  }
}

/** Opcodes of the scales. */
export const WEIGH = { begin: 224, end: 225 } as const;

const meter = new HeapMeter();

const scale = (code: number, name: string, does: string, run: () => number) =>
  op({
    code,
    name,
    does,
    encode(this: SqeWords, sqe: number) {
      prepRw(code, this.words, sqe, -1, 0, 0, 0);
    },
    run,
  });

/** What executors load. */
export const operations = [
  scale(WEIGH.begin, 'WEIGH_BEGIN', 'Begins to weigh.', () => {
    meter.begin();
    return 0;
  }),
  scale(WEIGH.end, 'WEIGH_END', 'Completes with the bytes allocated since.', () => meter.end()),
];
