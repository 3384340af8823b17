/** The supervisor's thread. */
import { type MessagePort, workerData } from 'node:worker_threads';
import type { KernelShare } from '../src/manager/messages.ts';
import { loadOperations } from '../src/manager/operations.ts';
import { Service } from '../src/manager/serve.ts';
import { Supervisor } from '../src/manager/supervisor.ts';
import { hostOf } from './host.ts';

const { share, port } = workerData as { share: KernelShare; port: MessagePort };
const suffix = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const executorFile = new URL(`./executor.${suffix}`, import.meta.url).href;
const table = await loadOperations(share.operationModules).catch(() => loadOperations([]));

new Supervisor({
  share,
  port,
  executorFile,
  serveInline: (task) => new Service(task, { ...hostOf(task), table, mayBlock: false }),
});
