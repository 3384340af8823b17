/** What `uring doctor` looks at: facts of the runtime, each judged, with advice where one helps. */
import { formatBytes, formatDuration } from './figures.ts';

/** `missing` is only said of what nothing works without. */
export type Verdict = 'ok' | 'advice' | 'missing';

export interface Check {
  readonly name: string;
  readonly found: string;
  readonly verdict: Verdict;
  /** What to do about it; with every verdict but 'ok'. */
  readonly advice?: string;
}

/** Facts, gathered by doctor-probes.ts. A failure is the reason as a text. */
export interface Facts {
  /** process.versions.node */
  readonly nodeVersion: string;
  /** Threads that run at once. */
  readonly cores: number;
  readonly sharedMemory: boolean;
  readonly waitAsync: boolean;
  readonly pause: boolean;
  /** Milliseconds a worker thread took to start. */
  readonly workerStart: number | string;
  /** Milliseconds until an executor answered the first request on a ring. */
  readonly ringAnswer: number | string;
  /** Threads of libuv's pool, and whether UV_THREADPOOL_SIZE says so. */
  readonly poolThreads: number;
  readonly poolSizeSet: boolean;
  readonly descriptorLinks: boolean;
  /** The code of the failure, or undefined. */
  readonly temporaryFile: string | undefined;
  /** Bytes that this process may use, 0 when it is not constrained. */
  readonly memoryLimitBytes: number;
  readonly memoryFreeBytes: number;
  /** Bytes of address space, and open files; Infinity for no limit, NaN when unknown. */
  readonly addressSpaceBytes: number;
  readonly openFiles: number;
}

export const NODE_MAJOR_MIN = 22;
export const POOL_THREADS_DEFAULT = 4;

/** A ring and its thread want so much, with room for what they read. */
const MEMORY_WANTED_BYTES = 256 * 1024 * 1024;

/** Each process reserves 256 MiB of addresses, the ledgers and heaps more. */
const ADDRESSES_WANTED_BYTES = 8 * 1024 ** 3;

/** Threads, rings and the files of large batches. */
const OPEN_FILES_WANTED = 1024;

const ok = (name: string, found: string): Check => ({ name, found, verdict: 'ok' });
const advise = (name: string, found: string, advice: string): Check => ({
  name,
  found,
  verdict: 'advice',
  advice,
});
const missing = (name: string, found: string, advice: string): Check => ({
  ...advise(name, found, advice),
  verdict: 'missing',
});

function checkNode({ nodeVersion }: Facts): Check {
  if (Number(nodeVersion.split('.')[0]) >= NODE_MAJOR_MIN) return ok('Node', nodeVersion);
  return missing('Node', nodeVersion, `install Node ${NODE_MAJOR_MIN} or newer`);
}

function checkCores({ cores }: Facts): Check {
  if (cores > 1) return ok('cores', String(cores));
  return advise('cores', '1', 'allow a second one: executors take turns with the program now');
}

function checkSharedMemory({ sharedMemory }: Facts): Check {
  if (sharedMemory) return ok('SharedArrayBuffer', 'yes');
  const advice = 'run without the flag that takes it away: executor threads need it';
  return missing('SharedArrayBuffer', 'no', advice);
}

function checkWaitAsync({ waitAsync }: Facts): Check {
  if (waitAsync) return ok('Atomics.waitAsync', 'yes');
  return missing('Atomics.waitAsync', 'no', 'install a newer Node: awaiting a ring needs it');
}

function checkPause({ pause }: Facts): Check {
  if (pause) return ok('Atomics.pause', 'yes');
  return advise('Atomics.pause', 'no', 'Node 24 has it: spinning threads then use less power');
}

function checkStart(name: string, measured: number | string, advice: string): Check {
  if (typeof measured === 'string') return missing(name, measured, advice);
  return ok(name, `in ${formatDuration(measured)}`);
}

function checkPool({ poolThreads, poolSizeSet }: Facts): Check {
  const found = `${poolThreads} threads (${poolSizeSet ? 'UV_THREADPOOL_SIZE' : 'the default'})`;
  if (poolThreads >= POOL_THREADS_DEFAULT) return ok('libuv pool', found);
  const advice = `set UV_THREADPOOL_SIZE to ${POOL_THREADS_DEFAULT} or more: slow calls share it`;
  return advise('libuv pool', found, advice);
}

function checkDescriptorLinks({ descriptorLinks }: Facts): Check {
  if (descriptorLinks) return ok('/proc/self/fd', 'yes');
  return advise('/proc/self/fd', 'no', 'mount /proc: jailed mounts answer ENOTSUP without it');
}

function checkTemporaryFile({ temporaryFile }: Facts): Check {
  if (temporaryFile === undefined) return ok('O_TMPFILE', 'yes');
  const advice = 'set TMPDIR to a folder on ext4, xfs, btrfs or tmpfs to open unnamed files there';
  return advise('O_TMPFILE', temporaryFile, advice);
}

function checkMemory({ memoryLimitBytes, memoryFreeBytes }: Facts): Check {
  const limit = memoryLimitBytes === 0 ? 'no limit' : `limit ${formatBytes(memoryLimitBytes)}`;
  const found = `${formatBytes(memoryFreeBytes)} free, ${limit}`;
  const enough = memoryFreeBytes >= MEMORY_WANTED_BYTES;
  if (enough) return ok('memory', found);
  return advise('memory', found, `allow ${formatBytes(MEMORY_WANTED_BYTES)} or more`);
}

/** A limit that is known and lower than wanted. */
function checkLimit(name: string, value: number, wanted: number, advice: string): Check {
  if (Number.isNaN(value)) return ok(name, 'unknown');
  const found = value === Number.POSITIVE_INFINITY ? 'no limit' : String(value);
  return value >= wanted ? ok(name, found) : advise(name, found, advice);
}

/** All of them, the most important first. */
export function examine(facts: Facts): readonly Check[] {
  return [
    checkNode(facts),
    checkSharedMemory(facts),
    checkWaitAsync(facts),
    checkStart('worker threads', facts.workerStart, 'allow this process to start threads'),
    checkStart('ring', facts.ringAnswer, 'see the lines above; none of them missing: report this'),
    checkCores(facts),
    checkPause(facts),
    checkPool(facts),
    checkMemory(facts),
    checkLimit('address space', facts.addressSpaceBytes, ADDRESSES_WANTED_BYTES, 'raise ulimit -v'),
    checkLimit('open files', facts.openFiles, OPEN_FILES_WANTED, 'raise ulimit -n'),
    checkDescriptorLinks(facts),
    checkTemporaryFile(facts),
  ];
}
