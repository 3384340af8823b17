/**
 * Goal: nothing that is renamed, removed or put in place of another leads out of a jail, between
 *       two calls or in the middle of one.
 * Method: renames and swaps happen before a chosen call of the host, so that every step of a walk
 *         is met; then what is outside is read by the host.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { O } from '../../../../src/abi/files.ts';
import { JailWorld } from './jail-world.ts';
import { hostAfter, Rig } from './rig.ts';

/** What each test is given. */
const here = {} as { world: JailWorld };

beforeEach(() => {
  here.world = new JailWorld();
});

afterEach(() => here.world.remove());

describe('directories that are renamed between two calls', () => {
  it('stay the root of the jail when another takes their place', () => {
    const rig = new Rig({ root: here.world.jail });
    expect(rig.readText('a/b/file')).toBe('inside');
    fs.renameSync(here.world.jail, join(here.world.folder, 'old'));
    fs.renameSync(here.world.outside, here.world.jail);
    rig.mounts.endPass();
    expect(rig.readText('secret')).toBe('ENOENT');
    expect(rig.readText('a/b/file')).toBe('inside');
    fs.renameSync(here.world.jail, here.world.outside);
    fs.symlinkSync(here.world.outside, here.world.jail);
    rig.mounts.endPass();
    expect(rig.readText('secret')).toBe('ENOENT');
    expect(rig.readText('a/b/file')).toBe('inside');
    rig.mounts.close();
    fs.rmSync(here.world.jail);
    fs.renameSync(join(here.world.folder, 'old'), here.world.jail);
  });

  it('leave an empty jail where the root was renamed over', () => {
    const root = join(here.world.jail, 'a/b/c');
    const rig = new Rig({ root });
    expect(rig.readText('secret')).toBe('ENOENT');
    fs.renameSync(here.world.outside, root);
    rig.mounts.endPass();
    expect(rig.readText('secret')).toBe('ENOENT');
    expect(rig.readText('../file')).toBe('ENOENT');
    rig.mounts.close();
  });

  it('are not found by their old names, nor what is outside by those', () => {
    const rig = new Rig({ root: here.world.jail });
    expect(rig.readText('a/b/file')).toBe('inside');
    fs.renameSync(join(here.world.jail, 'a'), join(here.world.outside, 'a'));
    fs.writeFileSync(join(here.world.outside, 'a/b/file'), 'SECRET');
    rig.mounts.endPass();
    expect(rig.readText('a/b/file')).toBe('ENOENT');
    fs.symlinkSync(join(here.world.outside, 'a'), join(here.world.jail, 'a'));
    rig.mounts.endPass();
    expect(rig.readText('a/b/file')).toBe('ENOENT');
    fs.rmSync(join(here.world.jail, 'a'));
    fs.mkdirSync(join(here.world.jail, 'a/b'), { recursive: true });
    fs.writeFileSync(join(here.world.jail, 'a/b/file'), 'other');
    rig.mounts.endPass();
    expect(rig.readText('a/b/file')).toBe('other');
    rig.mounts.close();
  });

  it('lead nowhere upwards when they were moved out, and inside from where they are now', () => {
    const rig = new Rig({ root: here.world.jail });
    const base = rig.open('a/b');
    fs.mkdirSync(join(here.world.jail, 'new/place'), { recursive: true });
    fs.renameSync(join(here.world.jail, 'a/b'), join(here.world.jail, 'new/place/b'));
    fs.writeFileSync(join(here.world.jail, 'new/place/file'), 'beside');
    rig.mounts.endPass();
    expect(rig.readText(rig.path('../file', base))).toBe('beside');
    fs.renameSync(join(here.world.jail, 'new'), join(here.world.outside, 'new'));
    fs.symlinkSync('../secret', join(here.world.outside, 'new/place/b/up'));
    rig.mounts.endPass();
    expect(rig.readText(rig.path('file', base))).toBe('inside'); // it was opened, and stays so
    for (const path of ['../file', '../../../secret', 'c/../../file', 'up'])
      expect(rig.readText(rig.path(path, base)), path).toBe('ENOENT');
    base.drop();
    rig.mounts.close();
  });

  it('are not where they were for the next request of the same batch', () => {
    const rig = new Rig({ root: here.world.jail });
    expect(rig.readText('a/b/file')).toBe('inside');
    expect(rig.rename('a', 'z')).toBe(0);
    expect(rig.readText('a/b/file')).toBe('ENOENT');
    expect(rig.readText('z/b/file')).toBe('inside');
    expect(rig.readText('z/b/c/none')).toBe('ENOENT');
    expect(rig.remove('z/b/c', true)).toBe(0);
    expect(rig.mkdir('z/b/c')).toBe(0);
    rig.open('z/b/c/none', O.WRONLY | O.CREAT).drop();
    expect(fs.existsSync(join(here.world.jail, 'z/b/c/none'))).toBe(true);
    rig.mounts.close();
  });

  it('are not found where the root was, when it has moved without them', () => {
    const { folder, jail } = here.world;
    const rig = new Rig({ root: jail });
    for (let pass = 0; pass < 3; pass++) {
      expect(rig.readText('a/b/file')).toBe('inside');
      rig.mounts.endPass();
    }
    fs.renameSync(jail, join(folder, 'liaj')); // a path of the same length
    fs.mkdirSync(jail);
    fs.renameSync(join(folder, 'liaj/a'), join(jail, 'a'));
    rig.mounts.endPass();
    expect(rig.readText('a/b/file')).toBe('ENOENT');
    rig.mounts.endPass();
    fs.renameSync(join(jail, 'a'), join(folder, 'liaj/a'));
    expect(rig.readText('a/b/file')).toBe('inside');
    rig.mounts.close();
  });

  it('are taken for others when they were removed, whatever their names', () => {
    const rig = new Rig({ root: here.world.jail });
    for (const name of ['x', 'x (deleted)']) {
      fs.mkdirSync(join(here.world.jail, name));
      fs.writeFileSync(join(here.world.jail, name, 'file'), 'old');
      expect(rig.readText(`${name}/file`)).toBe('old');
    }
    fs.rmSync(join(here.world.jail, 'x'), { recursive: true });
    fs.renameSync(join(here.world.jail, 'x (deleted)'), join(here.world.jail, 'x'));
    fs.rmSync(join(here.world.jail, 'x'), { recursive: true }); // "x (deleted)" for the host
    fs.mkdirSync(join(here.world.jail, 'x (deleted)'));
    fs.writeFileSync(join(here.world.jail, 'x (deleted)/file'), 'new');
    rig.mounts.endPass();
    expect(rig.readText('x (deleted)/file')).toBe('new');
    fs.mkdirSync(join(here.world.jail, 'x'));
    rig.mounts.endPass();
    expect(rig.readText('x/file')).toBe('ENOENT');
    rig.mounts.close();
  });
});

describe('a swap in the middle', () => {
  const swaps: Record<string, () => void> = {
    'a directory moves out': () =>
      fs.renameSync(join(here.world.jail, 'a/b'), join(here.world.outside, 'b')),
    'its parent moves out': () =>
      fs.renameSync(join(here.world.jail, 'a'), join(here.world.outside, 'a')),
    'the root moves': () => fs.renameSync(here.world.jail, join(here.world.outside, 'jail')),
    'a directory becomes a symlink': () => {
      fs.renameSync(join(here.world.jail, 'a/b'), join(here.world.jail, 'b'));
      fs.symlinkSync(here.world.outside, join(here.world.jail, 'a/b'));
    },
    'the root becomes a symlink': () => {
      fs.renameSync(here.world.jail, join(here.world.folder, 'old'));
      fs.symlinkSync(here.world.outside, here.world.jail);
    },
    'the file becomes a symlink': () => {
      fs.rmSync(join(here.world.jail, 'a/b/file'));
      fs.symlinkSync(here.world.secret, join(here.world.jail, 'a/b/file'));
    },
    'the file becomes a relative symlink': () => {
      fs.rmSync(join(here.world.jail, 'a/b/file'));
      fs.symlinkSync('../../../outside/secret', join(here.world.jail, 'a/b/file'));
    },
    'a directory becomes the one outside': () => {
      fs.renameSync(join(here.world.jail, 'a/b'), join(here.world.jail, 'b'));
      fs.renameSync(join(here.world.jail, 'b'), join(here.world.outside, 'dir/b'));
    },
  };
  const acts: Record<string, (rig: Rig) => void> = {
    read: (rig) => expect(rig.readText('a/b/c/../file')).not.toBe('SECRET'),
    climb: (rig) => {
      for (const path of ['a/b/../../outside/secret', 'a/b/c/../../../secret', 'a/../../secret'])
        expect(rig.readText(path)).not.toBe('SECRET');
    },
    empty: (rig) => {
      try {
        rig.open('a/b/file', O.WRONLY | O.TRUNC).drop();
      } catch (error) {
        expect((error as Error).message).toMatch(/^E/);
      }
    },
    make: (rig) => {
      try {
        rig.open('a/b/secret', O.WRONLY | O.CREAT | O.TRUNC).drop();
      } catch (error) {
        expect((error as Error).message).toMatch(/^E/);
      }
    },
    stat: (rig) => {
      const stat = rig.stat('a/b/file');
      if (typeof stat !== 'string') expect(stat.ino).not.toBe(fs.statSync(here.world.secret).ino);
    },
    remove: (rig) => void rig.remove('a/b/secret'),
    removeDirectory: (rig) => void rig.remove('a/b/dir', true),
    rename: (rig) => void rig.rename('a/b/secret', 'a/secret'),
    link: (rig) => {
      rig.link('a/b/file', 'linked', true);
      expect(rig.readText('linked')).not.toBe('SECRET');
    },
  };
  const cases = Object.keys(swaps).flatMap((swap) =>
    Object.keys(acts).map((act) => ({ swap, act })),
  );

  it.each(cases)('at any call of "$act" reaches nothing, when $swap', ({ swap, act }) => {
    for (let step = 0; ; step++) {
      let calls = 0;
      let swapped = false;
      const files = hostAfter(() => {
        if (calls++ !== step || swapped) return;
        swapped = true;
        swaps[swap]!();
      });
      const rig = new Rig({ root: here.world.jail, files });
      rig.stat('.', true); // the root is open
      acts[act]!(rig);
      rig.mounts.close();
      expect(fs.readFileSync(here.world.secret, 'latin1')).toBe('SECRET');
      expect(fs.existsSync(join(here.world.outside, 'dir/secret'))).toBe(true);
      here.world.restore();
      if (!swapped) {
        expect(step).toBeGreaterThan(3);
        return;
      }
    }
  });

  it('is met at its last step by a file that is emptied, and empties nothing outside', () => {
    let opens = 0;
    const files = hostAfter((call, args) => {
      if (call !== 'open' || (Number(args[1]) & O.TRUNC) === 0 || opens++ > 0) return;
      swaps['the file becomes a symlink']!();
    });
    const rig = new Rig({ root: here.world.jail, files });
    expect(() => rig.open('a/b/file', O.WRONLY | O.TRUNC)).toThrow('ENOENT');
    expect(opens).toBe(1); // the symlink was read, and its text walked: there is no such directory
    expect(fs.readFileSync(here.world.secret, 'latin1')).toBe('SECRET');
    rig.mounts.close();
  });

  it('goes unnoticed by a walk that has passed: it goes on in the directory it is in', () => {
    let hit = false;
    const files = hostAfter((call, args) => {
      if (call !== 'open' || !String(args[0]).endsWith('/file') || hit) return;
      hit = true;
      swaps['a directory becomes a symlink']!();
    });
    const rig = new Rig({ root: here.world.jail, files });
    expect(rig.readText('a/b/file')).toBe('inside');
    rig.mounts.close();
  });

  it('of a symlink and a directory, back and forth, ends in one of both', () => {
    let flips = 0;
    const flip = (): void => {
      const [real, link] = [join(here.world.jail, 'a/b'), join(here.world.jail, 'spare')];
      const middle = join(here.world.jail, 'middle');
      fs.renameSync(real, middle);
      fs.renameSync(link, real);
      fs.renameSync(middle, link);
    };
    fs.symlinkSync('/a', join(here.world.jail, 'spare'));
    const files = hostAfter((call, args) => {
      const isStep = call === 'open' || call === 'readlink' || call === 'stat';
      if (
        !isStep ||
        !Buffer.from(args[0] as Uint8Array)
          .toString()
          .endsWith('/b')
      )
        return;
      if (flips++ < 7) flip();
    });
    const rig = new Rig({ root: here.world.jail, files });
    expect(rig.readText('a/b/file')).toMatch(/^(inside|ENOENT)$/);
    expect(flips).toBeGreaterThan(1);
    rig.mounts.close();
  });
});
