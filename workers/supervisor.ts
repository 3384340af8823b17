/** The supervisor's thread. */
import { type MessagePort, workerData } from 'node:worker_threads';
import type { KernelShare } from '../src/manager/messages.ts';
import { Supervisor } from '../src/manager/supervisor.ts';

const { share, port } = workerData as { share: KernelShare; port: MessagePort };
const suffix = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const executorFile = new URL(`./executor.${suffix}`, import.meta.url).href;

new Supervisor({
  share,
  port,
  executorFile,
  // Seldom needed, and all of the operations.
  loadInline: async () => (await import('./last-resort.ts')).loadInline(share),
});
