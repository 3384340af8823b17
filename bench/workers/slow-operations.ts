/** An operation that the host takes a known time for; loaded by the question about slow calls. */
import { type KernelCalls, op, prepRw, type Request, type SqeWords } from '../../src/index.ts';

const SLOW = 224;

/** Fills the SQE with a call of so many milliseconds. */
export function encodeSlow({ words }: SqeWords, sqe: number, durationMs: number): void {
  prepRw(SLOW, words, sqe, -1, 0, durationMs, 0);
}

/** What executors load. */
export const operations = [
  op({
    code: SLOW,
    name: 'SLOW',
    does: 'Keeps a call of the host under way for `len` milliseconds; res = 0.',
    encode(this: SqeWords, sqe: number, durationMs: number) {
      encodeSlow(this, sqe, durationMs);
    },
    run: (request: Request, kernel: KernelCalls) =>
      kernel.later(request, (done) => {
        setTimeout(done, request.len, 0);
      }),
  }),
];
