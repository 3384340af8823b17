/** A program that awaits a completion and takes it with a blocking wait: it must still end. */
import { IoUringManager } from '../../../src/manager/manager.ts';
import { SyscallSubmissionEntry } from '../../../src/manager/submission-entry.ts';

const manager = new IoUringManager();
manager.createRing(1);
const seq = manager.submit(1, SyscallSubmissionEntry.timeout(1, 5));
const awaited = manager.completion(1, seq);
await new Promise((resolve) => setImmediate(resolve)); // the event loop watches now
const waited = manager.waitCompletion(1, seq);
console.log(`the same ${waited === (await awaited)}`);
