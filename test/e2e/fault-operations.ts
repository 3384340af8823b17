/** Operations that end the thread that runs them, each in its own way; loaded by the kill tests. */
import { op, type SqeWords } from '../../src/ops/define.ts';
import { prepRw } from '../../src/ops/encode.ts';

const fault = (code: number, name: string, does: string, run: () => number) =>
  op({
    code,
    name,
    does,
    encode(this: SqeWords, sqe: number) {
      prepRw(code, this.words, sqe, -1, 0, 0, 0);
    },
    run,
  });

/** Opcodes of the faults. */
export const FAULT = { throw: 224, exit: 225, memory: 226, bug: 227 } as const;

/** What executors load. */
export const operations = [
  fault(FAULT.throw, 'THROW', 'Completes, and throws outside any operation.', () => {
    queueMicrotask(() => {
      throw new Error('a fault outside any operation');
    });
    return 0;
  }),
  fault(FAULT.exit, 'EXIT', 'Calls process.exit in the middle of its run.', () => process.exit(3)),
  fault(FAULT.memory, 'MEMORY', 'Allocates until the heap limit ends the thread.', () => {
    const hoard: number[][] = [];
    for (;;) hoard.push(new Array(65_536).fill(hoard.length));
  }),
  fault(FAULT.bug, 'BUG', 'Throws inside its run.', () => {
    throw new Error('a fault inside an operation');
  }),
];
