/** Runs the `uring` command from its sources, over trees made for it. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const MAIN = new URL('../../../src/cli/main.ts', import.meta.url).pathname;

export interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Starts the command in a folder. */
export const start = (args: readonly string[], cwd: string): ChildProcessWithoutNullStreams =>
  spawn(process.execPath, [MAIN, ...args], { cwd });

const BUILT = new URL('../../../dist/src/cli/main.js', import.meta.url).pathname;

/** The same from what `npm run build` made. */
export const startBuilt = (args: readonly string[], cwd: string): ChildProcessWithoutNullStreams =>
  spawn(process.execPath, [BUILT, ...args], { cwd });

/** What a child printed and how it ended. */
export function ending(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() }),
    );
  });
}

export const run = (args: readonly string[], cwd: string): Promise<Ended> =>
  ending(start(args, cwd));

/** Whether the host has a program. */
export const has = (program: string): boolean =>
  spawnSync(program, ['--version']).error === undefined;

/** A temporary folder, and a way to put files of any name into it. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'uring-cli-'));

  /** The path below the folder of a name given as one character per byte. */
  at(name: string): Buffer {
    return Buffer.concat([Buffer.from(`${this.path}/`), Buffer.from(name, 'latin1')]);
  }

  file(name: string, content: string | Buffer): void {
    writeFileSync(this.at(name), content);
  }

  directory(name: string): void {
    mkdirSync(this.at(name));
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}
