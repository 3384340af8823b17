/** The C baseline as a child process: built when a compiler exists, asked one command at a time. */
import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Contender } from '../harness/interleave.ts';

export type NativeCommand = 'nop' | 'read' | 'pread' | 'spsc' | 'futex';

export interface NativeWork {
  /** Entries in flight; what knows no window takes 1. */
  readonly window?: number;
  readonly total: number;
}

/** One line of the server: a measurement, or the reason why there is none. */
export interface NativeReply {
  readonly name: string;
  readonly window: number;
  readonly ns?: number;
  /** Processor seconds per second of wall time, over all threads of the server. */
  readonly cores?: number;
  /** The share of futex waits that really slept. */
  readonly asleep?: number;
  readonly error?: string;
}

const BUILD = join(import.meta.dirname, 'build');
const BINARY = join(BUILD, 'native');

const modifiedMs = (path: string): number =>
  statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;

/** Compiles when a source is newer than the binary. The rename lets two runs build at once. */
async function build(): Promise<void> {
  const inputs = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.c') || name.endsWith('.h'))
    .map((name) => join(import.meta.dirname, name));
  if (inputs.every((path) => modifiedMs(path) < modifiedMs(BINARY))) return;
  mkdirSync(BUILD, { recursive: true });
  const fresh = `${BINARY}.${process.pid}`;
  const sources = inputs.filter((path) => path.endsWith('.c'));
  try {
    await promisify(execFile)('cc', ['-O2', '-pthread', '-o', fresh, ...sources]);
    renameSync(fresh, BINARY);
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** The first line of what stopped the build, without paths of this machine. */
function reasonOf(error: unknown): string {
  const { code, stderr, message } = error as { code?: unknown; stderr?: string; message?: string };
  if (code === 'ENOENT') return 'no C compiler (cc)';
  const line = /^.*error:.*$/m.exec(stderr ?? '')?.[0] ?? message ?? String(error);
  return `native.c does not build here: ${basename(line)}`;
}

export class Native {
  /** Commands that could not run here, and why. */
  readonly errors: ReadonlyMap<string, string>;
  readonly #errors = new Map<string, string>();
  readonly #server: ChildProcessWithoutNullStreams;
  /** Who waits for a line: the server answers in the order it was asked. */
  readonly #waiting: ((reply: NativeReply) => void)[] = [];
  readonly #gone: Promise<void>;

  /** Undefined, after `onMissing` heard the reason, where nothing can be built. */
  static async start(
    options: { readonly onMissing?: (reason: string) => void } = {},
  ): Promise<Native | undefined> {
    try {
      await build();
      const server = spawn(BINARY, ['serve']);
      await new Promise((resolve, reject) => server.once('spawn', resolve).once('error', reject));
      return new Native(server);
    } catch (error) {
      options.onMissing?.(reasonOf(error));
      return undefined;
    }
  }

  private constructor(server: ChildProcessWithoutNullStreams) {
    this.errors = this.#errors;
    this.#server = server;
    this.#gone = new Promise((resolve) => {
      server.once('close', () => {
        for (const answer of this.#waiting.splice(0)) {
          answer({ name: '', window: 0, error: 'the server is gone' });
        }
        resolve();
      });
    });
    // A write after the server's death fails with EPIPE; 'close' is what tells those who wait.
    server.stdin.on('error', () => {});
    createInterface({ input: server.stdout }).on('line', (line) =>
      this.#waiting.shift()?.(JSON.parse(line) as NativeReply),
    );
  }

  /** Runs one command after those asked before; the whole reply. */
  async measure(command: NativeCommand, work: NativeWork): Promise<NativeReply> {
    const { window = 1, total } = work;
    if (this.#server.exitCode !== null || this.#server.signalCode !== null) {
      return { name: command, window, error: 'the server is gone' };
    }
    const reply = await new Promise<NativeReply>((answer) => {
      this.#waiting.push(answer);
      this.#server.stdin.write(`${command} ${window} ${total}\n`);
    });
    if (reply.error !== undefined) this.#errors.set(command, reply.error);
    return reply;
  }

  /** Nanoseconds per operation, or undefined where the command cannot run. */
  async run(command: NativeCommand, work: NativeWork): Promise<number | undefined> {
    return (await this.measure(command, work)).ns;
  }

  /** The command as a contender that reports the processor time of its own process. */
  contender(name: string, command: NativeCommand, work: NativeWork): Contender {
    return {
      name,
      run: async () => {
        const { ns, cores = 0 } = await this.measure(command, work);
        return ns === undefined ? undefined : { value: ns, coresBusy: cores };
      },
    };
  }

  async close(): Promise<void> {
    this.#server.stdin.end();
    await this.#gone;
  }
}
