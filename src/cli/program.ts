/** The command line's grammar: commands, options, their help, and what is wrong with them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { EXECUTORS_MAX } from '../abi/limits.ts';
import { type ByteString, toBytes } from './byte-string.ts';
import { EXIT } from './exit.ts';

/** `uring sum`. */
export interface SumWishes {
  readonly paths: readonly ByteString[];
  readonly algorithm: string;
  readonly executors: number;
  readonly json: boolean;
  readonly compare: boolean;
}

/** `uring doctor`. */
export interface DoctorWishes {
  readonly json: boolean;
}

/** What each command does; the exit code. */
export interface Commands {
  readonly sum: (wishes: SumWishes) => Promise<number>;
  readonly doctor: (wishes: DoctorWishes) => Promise<number>;
}

export interface Streams {
  readonly out: { write(bytes: Buffer): unknown };
  readonly err: { write(bytes: Buffer): unknown };
}

/** One for each core: the calling thread, which walks and prints, has little to do. */
const EXECUTORS_DEFAULT = Math.min(availableParallelism(), EXECUTORS_MAX);

function readAlgorithm(name: string): string {
  try {
    createHash(name).digest();
    return name;
  } catch {
    throw new InvalidArgumentError('It is no digest of node:crypto.');
  }
}

function readExecutors(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= EXECUTORS_MAX) return value;
  throw new InvalidArgumentError(`It must be 1 to ${EXECUTORS_MAX}.`);
}

/** Other tools read standard input for it, and `sha256sum -c` would. */
function readPath(path: ByteString, before: readonly ByteString[] = []): readonly ByteString[] {
  if (path === '-') throw new InvalidArgumentError("A file of that name is './-'.");
  return [...before, path];
}

/** The package knows itself by name, from its sources and when it is installed. */
function readVersion(): string {
  const text = readFileSync(new URL(import.meta.resolve('uring/package.json')), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** `error: a.\nb` as one line: `uring: a. b`. */
const oneLine = (text: string): ByteString =>
  `${text
    .trim()
    .replace(/^error: /, 'uring: ')
    .replaceAll(/\s*\n\s*/g, ' ')}\n`;

/** Parses the arguments and runs the command they name; its exit code, 2 for bad usage. */
export async function runProgram(
  args: readonly ByteString[],
  commands: Commands,
  streams: Streams,
): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = new Command('uring')
    .description('io_uring for JavaScript')
    .version(readVersion(), '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => streams.out.write(toBytes(text)),
      writeErr: (text) => streams.err.write(toBytes(text)),
      outputError: (text, write) => write(oneLine(text)),
    });
  program
    .command('sum')
    .description('print the digest of every file under the paths, as sha256sum does')
    .argument('<path...>', 'files and directories', readPath)
    .option('--algorithm <name>', 'digest of node:crypto', readAlgorithm, 'sha256')
    .option('--executors <count>', 'threads that read and hash', readExecutors, EXECUTORS_DEFAULT)
    .option('--json', 'print an object per line, and the summary as the last', false)
    .option('--compare', 'measure against fs.promises and piscina instead', false)
    .action(async (paths: readonly ByteString[], options: Omit<SumWishes, 'paths'>) => {
      exitCode = await commands.sum({ ...options, paths });
    });
  program
    .command('doctor')
    .description('print what this runtime offers, and what to do about what is missing')
    .option('--json', 'print an object per check', false)
    .action(async (options: DoctorWishes) => {
      exitCode = await commands.doctor(options);
    });
  try {
    if (args.length === 0) program.error("error: a command is missing: see 'uring --help'");
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  return exitCode;
}
