/** A consumer's program in TypeScript; a text, because its `uring` is the installed one. */

/** The expected errors show that the types are there: what is `any` errs nowhere. */
export const TYPED_PROGRAM = `
import {
  IoUringManager,
  KernelError,
  type KernelEvent,
  type KernelStats,
  op,
  open,
  prepRw,
  type Ring,
  type SqeWords,
} from 'uring';
import { type ErrnoName, errnoName, fail } from 'uring/abi';

const double = op({
  code: 224,
  name: 'DOUBLE',
  does: 'Completes with twice its argument.',
  encode(this: SqeWords, sqe: number, len: number) {
    prepRw(224, this.words, sqe, -1, 0, len, 0);
  },
  run: (request): number => 2 * request.len,
});

function submit(ring: Ring): ErrnoName {
  const sqe: number = ring.getSqe();
  ring.prepRead(sqe, 3, 4096, 100, 0);
  double.encode.call(ring, sqe, 21);
  // @ts-expect-error: a length is a number
  double.encode.call(ring, sqe, '21');
  // @ts-expect-error: READ has more arguments
  ring.prepRead(sqe, 3);
  return errnoName(ring.submit());
}

export async function main(path: URL): Promise<string> {
  const onEvent = (event: KernelEvent) => console.log(event.type);
  const manager = new IoUringManager({ executors: 2, onEvent });
  submit(manager.createRing(1, { sqEntries: 64 }));
  const stats: KernelStats = manager.stats();
  // @ts-expect-error: statistics are read only
  stats.executors = [];
  // @ts-expect-error: there is no such option
  manager.createRing(2, { entries: 64 });

  await using uring = await open();
  const bytes: Buffer = await uring.readFile(path);
  const text: string = await uring.readFile(path, 'utf8');
  // @ts-expect-error: with an encoding it is text
  const wrong: Buffer = await uring.readFile(path, 'utf8');
  const names: string[] = await uring.readdir('.');
  await using handle = await uring.open(path);
  const { size, mtime } = await handle.stat();
  if (size === names.length + bytes.length + wrong.length + mtime.getTime()) return text;
  throw new KernelError(fail('EIO'), 'read');
}
`;
