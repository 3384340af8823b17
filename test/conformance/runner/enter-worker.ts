/** Runs scenarios in virtual time on a thread that can be ended when one of them hangs. */
import { parentPort } from 'node:worker_threads';
import { EnterTarget } from './enter-target.ts';
import { newFolder, removeFolder } from './polled-kernel.ts';
import { runFile, type Task, type Verdict } from './verdict.ts';

async function run(task: Task): Promise<Verdict> {
  const folder = newFolder();
  try {
    return await runFile(task, () => new EnterTarget(folder));
  } finally {
    removeFolder(folder);
  }
}

parentPort?.on('message', async (task: Task) => {
  parentPort?.postMessage(await run(task));
});
