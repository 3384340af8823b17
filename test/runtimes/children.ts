/** Child processes of the runtime tests: npm, and whatever Node is tried. */
import { type ExecFileOptions, execFile } from 'node:child_process';

/** What a child printed and how it ended; `code` is null when it had to be killed. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** npm and the bins it installs are batch files there. */
const shell = process.platform === 'win32';

/** Runs a program to its end, whatever that is; rejects only when it cannot be started. */
export function run(
  file: string,
  args: readonly string[],
  options: ExecFileOptions & { readonly cwd: string; readonly timeout: number },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const settings = { ...options, shell, encoding: 'utf8', killSignal: 'SIGKILL' } as const;
    const child = execFile(file, args, settings, (error, stdout, stderr) => {
      if (typeof error?.code === 'string') reject(error);
      else resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

/** Milliseconds for packing, and for an installation over a slow line. */
const NPM_TIMEOUT_MS = 300_000;

/** Runs an npm command; throws an Error with all it printed when it fails. */
export async function npm(args: readonly string[], cwd: string): Promise<void> {
  const { code, stdout, stderr } = await run('npm', args, { cwd, timeout: NPM_TIMEOUT_MS });
  if (code !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${stdout}${stderr}`);
}
