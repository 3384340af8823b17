/** The package as its consumers get it: packed, and installed in a folder that was empty. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from './children.ts';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAMS = fileURLToPath(new URL('programs', import.meta.url));

export class InstalledPackage {
  /** Everything these tests make is below it. */
  readonly parent = mkdtempSync(join(tmpdir(), 'uring-runtimes-'));
  /** The consumer's folder: the programs, and what npm installed. */
  readonly consumer = join(this.parent, 'consumer');
  /** The installed package itself. */
  readonly root = join(this.consumer, 'node_modules/uring');

  /** Builds and packs the repository, installs the result, and lays the programs beside it. */
  async install(): Promise<void> {
    mkdirSync(this.consumer);
    await npm(['pack', '--pack-destination', this.parent], REPOSITORY);
    const tarball = readdirSync(this.parent).find((name) => name.endsWith('.tgz'));
    if (tarball === undefined) throw new Error('npm pack packed nothing');
    const options = ['--omit=dev', '--no-audit', '--no-fund', '--prefix', '.'];
    await npm(['install', ...options, join(this.parent, tarball)], this.consumer);
    await cp(PROGRAMS, this.consumer, { recursive: true });
  }

  /** Paths of its files from its root, with forward slashes. */
  files(): string[] {
    return readdirSync(this.root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name, parentPath }) => join(parentPath, name))
      .map((path) => path.slice(this.root.length + 1).replaceAll(sep, '/'));
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  remove(): void {
    rmSync(this.parent, { recursive: true, force: true });
  }
}
