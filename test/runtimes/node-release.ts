/** One release of Node that the package is tried under: where its binary comes from, running it. */
import { mkdir, readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { type Ended, npm, run } from './children.ts';

/** A program of these tests takes a second or two. */
const PROGRAM_TIMEOUT_MS = 60_000;

/** The package with the binaries for this kind of machine, as the package `node` names them. */
function binaryPackage(): string {
  const { arch, platform } = process;
  const prefix = platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node';
  return [prefix, platform === 'win32' ? 'win' : platform, arch].join('-');
}

export class NodeRelease {
  readonly version: string;
  /** The folder it was downloaded to, with the binary's path. */
  #binary = '';

  /** `version`: an exact one, such as 22.23.3. */
  constructor(version: string) {
    this.version = version;
  }

  /** Fetches it into a folder of its own below `parent`; throws one sentence when it cannot. */
  async download(parent: string): Promise<void> {
    const folder = join(parent, `node-${this.version}`);
    const name = binaryPackage();
    await mkdir(folder);
    const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', '.'];
    try {
      await npm(['install', ...options, `${name}@${this.version}`], folder);
    } catch (cause) {
      const code = /npm error code (\w+)/.exec(String(cause))?.[1] ?? 'no error code';
      const sentence = `Node ${this.version} could not be downloaded: npm install ${name} failed`;
      throw new Error(`${sentence} (${code}).`, { cause });
    }
    const root = join(folder, 'node_modules', name);
    const manifest = await readFile(join(root, 'package.json'), 'utf8');
    const { bin } = JSON.parse(manifest) as { bin: { node: string } };
    this.#binary = join(root, bin.node);
  }

  /** Runs a module with it, in a folder. */
  runModule(file: string, cwd: string): Promise<Ended> {
    return run(this.#binary, [file], this.#options(cwd));
  }

  /** Runs a bin of the packages installed in a folder; its first line finds this release. */
  runBin(name: string, args: readonly string[], cwd: string): Promise<Ended> {
    return run(join(cwd, 'node_modules/.bin', name), args, this.#options(cwd));
  }

  /** Nothing of the environment that npm and vitest made for themselves reaches a consumer. */
  #options(cwd: string) {
    const PATH = [dirname(this.#binary), process.env['PATH']].join(delimiter);
    return { cwd, env: { PATH }, timeout: PROGRAM_TIMEOUT_MS };
  }
}
