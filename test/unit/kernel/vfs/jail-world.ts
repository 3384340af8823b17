/** A jail, and beside it what must not be reached from inside. */
import fs from 'node:fs';
import { join } from 'node:path';
import { newFolder } from './rig.ts';

/** Two trees in a temporary folder. */
export class JailWorld {
  readonly folder = newFolder();
  readonly jail = join(this.folder, 'jail');
  readonly outside = join(this.folder, 'outside');

  constructor() {
    this.restore();
  }

  /** What is to be kept secret, and whole. */
  get secret(): string {
    return join(this.outside, 'secret');
  }

  /** Everything as it was in the beginning. */
  restore(): void {
    fs.rmSync(this.folder, { recursive: true });
    fs.mkdirSync(join(this.jail, 'a/b/c'), { recursive: true });
    fs.mkdirSync(join(this.outside, 'dir'), { recursive: true });
    fs.writeFileSync(join(this.outside, 'secret'), 'SECRET');
    fs.writeFileSync(join(this.outside, 'dir/secret'), 'SECRET');
    fs.writeFileSync(join(this.jail, 'a/b/file'), 'inside');
  }

  /** Everything outside the jail, with contents. */
  inventory(at: string = this.folder): string[] {
    return fs.readdirSync(at, { withFileTypes: true }).flatMap((entry) => {
      const path = join(at, entry.name);
      if (path === this.jail) return [];
      const { mode, nlink, size } = fs.lstatSync(path);
      const own = `${path} ${mode} ${size} ${entry.isFile() ? nlink : ''}`;
      if (entry.isDirectory()) return [own, ...this.inventory(path)];
      return [entry.isFile() ? `${own} ${fs.readFileSync(path, 'latin1')}` : own];
    });
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true });
  }
}
