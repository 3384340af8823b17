/** What the supervisor loads to serve rings itself, when no executor can be started. */
import type { ServeInline } from '../src/manager/executor-host.ts';
import type { KernelShare } from '../src/manager/messages.ts';
import { loadOperations } from '../src/manager/operations.ts';
import { Service } from '../src/manager/serve.ts';
import { hostOf } from './host.ts';

/** An embedder's module that cannot be loaded is what may have ended the executors. */
export async function loadInline(share: KernelShare): Promise<ServeInline> {
  const table = await loadOperations(share.operationModules).catch(() => loadOperations([]));
  return (task) => new Service(task, { ...hostOf(task), table, mayBlock: false });
}
