/** The facts of this runtime that `uring doctor` judges. */
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { Worker } from 'node:worker_threads';
import { O } from '../abi/files.ts';
import { type Facts, POOL_THREADS_DEFAULT } from './doctor-checks.ts';
import { codeOf, reasonOf } from './failure.ts';

/** A machine that takes longer has another trouble. */
const ANSWER_MS = 10_000;

/** libuv takes no more. */
const POOL_THREADS_MAX = 1024;

/** Whether a global name such as 'Atomics.pause' stands for something. */
function offers(name: string): boolean {
  let value: unknown = globalThis;
  for (const part of name.split('.')) value = Reflect.get(Object(value), part);
  return value !== undefined;
}

/** Milliseconds the attempt took, or why it failed. */
async function time(attempt: () => Promise<void>): Promise<number | string> {
  const startMs = performance.now();
  try {
    await attempt();
    return performance.now() - startMs;
  } catch (error) {
    return reasonOf(error);
  }
}

async function startWorker(): Promise<void> {
  const worker = new Worker('', { eval: true });
  await new Promise<void>((resolve, reject) => {
    worker.once('exit', () => resolve());
    worker.once('error', reject);
  });
}

/**
 * Boots a kernel with one executor and asks it for nothing at all. It is loaded here, so that a
 * runtime that cannot even do that gets its diagnosis.
 */
async function askRing(): Promise<void> {
  const { IoUringManager } = await import('../manager/manager.ts');
  const manager = new IoUringManager({ executors: 1 });
  try {
    const ring = manager.createRing(1, { sqEntries: 1 });
    ring.prepNop(ring.getSqe());
    ring.submit();
    const cqe = await ring.waitCqeAsync(ANSWER_MS);
    if (cqe <= 0) throw new Error(`no answer within ${ANSWER_MS / 1000} s`);
    ring.cqeSeen();
  } finally {
    await manager.close();
  }
}

/** The code of what went wrong with a file without a name, if anything did. */
function temporaryFile(): string | undefined {
  if (process.platform !== 'linux') return 'ENOSYS';
  try {
    closeSync(openSync(tmpdir(), O.RDWR | O.TMPFILE, 0o600));
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

/** A soft limit of this process; NaN where the system does not tell. */
function limitOf(name: string): number {
  if (!existsSync('/proc/self/limits')) return Number.NaN;
  const text = readFileSync('/proc/self/limits', 'utf8');
  const value = new RegExp(`^${name} +(\\S+)`, 'm').exec(text)?.[1];
  return value === 'unlimited' ? Number.POSITIVE_INFINITY : Number(value ?? Number.NaN);
}

/** As libuv reads it: from 1 to its maximum, or the default. */
export function poolThreads(setting: string | undefined): number {
  if (setting === undefined) return POOL_THREADS_DEFAULT;
  const value = Number.parseInt(setting, 10) || 1;
  return value < 0 ? POOL_THREADS_MAX : Math.min(value, POOL_THREADS_MAX);
}

/** Without limits of its own, a process is constrained by more memory than there is, or by 0. */
function memoryLimit(): number {
  const limit = process.constrainedMemory();
  return limit > totalmem() ? 0 : limit;
}

/** Gathers all facts; starts a thread and a kernel to see whether they answer. */
export async function gatherFacts(): Promise<Facts> {
  const sharedMemory = offers('SharedArrayBuffer');
  return {
    nodeVersion: process.versions.node,
    cores: availableParallelism(),
    sharedMemory,
    waitAsync: offers('Atomics.waitAsync'),
    pause: offers('Atomics.pause'),
    workerStart: await time(startWorker),
    ringAnswer: sharedMemory ? await time(askRing) : 'not tried',
    poolThreads: poolThreads(process.env['UV_THREADPOOL_SIZE']),
    poolSizeSet: process.env['UV_THREADPOOL_SIZE'] !== undefined,
    descriptorLinks: existsSync('/proc/self/fd'),
    temporaryFile: temporaryFile(),
    memoryLimitBytes: memoryLimit(),
    memoryFreeBytes: process.availableMemory(),
    addressSpaceBytes: limitOf('Max address space'),
    openFiles: limitOf('Max open files'),
  };
}
