/** Pools of piscina that read files. */
import { Piscina } from 'piscina';
import type { Context } from '../harness.ts';
import type * as tasks from './read-files-task.ts';

type Tasks = typeof tasks;

/** What `tuned` adds: tasks are handed over in bundles, and threads do not sleep between them. */
const TUNED = { concurrentTasksPerWorker: 64, atomics: 'disabled' } as const;

/** Starts a pool for one of the tasks; the function that has it run. */
export function poolOf<K extends keyof Tasks>(
  context: Context,
  name: K,
  { threads, tuned = false }: { readonly threads: number; readonly tuned?: boolean },
): (argument: Parameters<Tasks[K]>[0]) => Promise<ReturnType<Tasks[K]>> {
  const pool = new Piscina<Parameters<Tasks[K]>[0], ReturnType<Tasks[K]>>({
    filename: new URL('./read-files-task.ts', import.meta.url).href,
    name,
    minThreads: threads,
    maxThreads: threads,
    ...(tuned && TUNED),
  });
  context.defer(() => pool.destroy());
  return (argument) => pool.run(argument);
}
