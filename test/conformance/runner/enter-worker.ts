/** Runs scenarios in virtual time on a thread that can be ended when one of them hangs. */
import { parentPort } from 'node:worker_threads';
import { EnterTarget } from './enter-target.ts';
import type { EnterOrder } from './lanes.ts';
import { runFile } from './verdict.ts';

parentPort?.on('message', async ({ task, folder }: EnterOrder) => {
  parentPort?.postMessage(await runFile(task, () => new EnterTarget(folder)));
});
