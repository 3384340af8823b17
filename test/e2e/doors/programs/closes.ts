/** A program that closes its door while a read is under way. */
import { open } from '../../../../src/doors/open.ts';

const uring = await open();
const read = uring.readFile(import.meta.filename).then(() => console.log('read'));
await uring.close();
console.log('closed');
await read;
await uring.stat('/').catch((error: { code: string }) => console.log(error.code));
