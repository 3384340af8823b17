/** A program whose runtime has no shared memory: a door serves on the calling thread. */
Reflect.deleteProperty(globalThis, 'SharedArrayBuffer');
const { open } = await import('../../../../src/doors/open.ts');

console.log(typeof SharedArrayBuffer);
const uring = await open();
await uring.readFile(import.meta.filename);
console.log('read');
await uring.close();
