/** The module piscina loads into an executor's thread. */
import { HostClock } from '../src/host/clock.ts';
import type { ServeTask } from '../src/manager/messages.ts';
import { loadOperations } from '../src/manager/operations.ts';
import { Service } from '../src/manager/serve.ts';
import { sleepThread } from '../src/ring/sleep.ts';

/** The task: makes this thread an executor and returns; the loop goes on by itself. */
export async function serve(task: ServeTask): Promise<void> {
  const table = await loadOperations(task.share.operationModules);
  new Service(task, { clock: new HostClock(sleepThread), table, mayBlock: true });
}
