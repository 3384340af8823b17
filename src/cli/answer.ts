/** An answer that is printed whole, and the exit code that comes of it. */
import type { ByteString } from './byte-string.ts';
import type { Interruptions } from './exit.ts';
import { Output } from './output.ts';

/** Prints the answer of a command; `code`, unless nobody could or would read it. */
export async function answer(
  text: ByteString,
  { code, interruptions }: { readonly code: number; readonly interruptions: Interruptions },
): Promise<number> {
  const output = new Output({
    stream: process.stdout,
    beforeWrite: () => {},
    onError: (error) => interruptions.interrupt(error),
  });
  output.write(text);
  await output.flush();
  const ending = interruptions.ending();
  if (ending?.message !== undefined) process.stderr.write(`uring: ${ending.message}\n`);
  return ending?.code ?? code;
}
