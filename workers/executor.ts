/** The module piscina loads into an executor's thread. */
import type { ServeTask } from '../src/manager/messages.ts';
import { loadOperations } from '../src/manager/operations.ts';
import { Service } from '../src/manager/serve.ts';
import { hostOf } from './host.ts';

/** The task: makes this thread an executor and returns; the loop goes on by itself. */
export async function serve(task: ServeTask): Promise<void> {
  const table = await loadOperations(task.share.operationModules);
  new Service(task, { ...hostOf(task), table, mayBlock: true });
}
