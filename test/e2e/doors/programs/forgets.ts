/** A program that uses a door on each kernel and never closes them. */
import { open } from '../../../../src/doors/open.ts';

for (const [kind, inline] of [
  ['threads', false],
  ['inline', true],
] as const) {
  const uring = await open({ inline });
  await uring.readFile(import.meta.filename);
  await uring.open(import.meta.filename);
  console.log(`${kind}: read`);
}
