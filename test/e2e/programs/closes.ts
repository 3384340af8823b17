/** A program that closes its kernel while others wait for it: every wait ends. */
import { IoUringManager } from '../../../src/index.ts';

const manager = new IoUringManager();
const [waiting, calling] = [manager.createRing(1), manager.createRing(2)];
const wait = waiting.waitCqeAsync();
const ready = manager.ready;
const twice = [manager.destroyRing(2), manager.destroyRing(2)];
await Promise.all([manager.close(), ready, ...twice]);
console.log(`wait ${await wait} call ${calling.queueExit()}`);
try {
  manager.createRing(3);
} catch (error) {
  console.log((error as { code: string }).code);
}
