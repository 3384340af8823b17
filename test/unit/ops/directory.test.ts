/**
 * Goal: GETDENTS gives each name of a directory once, as linux_dirent64 records, whatever happens
 *       to the directory meanwhile.
 * Method: a file system in memory; the records are read back by their fields.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { DT, O, S_IF, SEEK } from '../../../src/abi/files.ts';
import { BAD, RING_OBJECT, type Spoilt, World } from './world.ts';

const NAMES = ['a', 'sub', 'twelve-bytes', 'x'.repeat(255), 'caf\xe9'];

function world(slow = false) {
  const w = new World({ slow });
  w.files.add('/d', { type: S_IF.DIR });
  for (const name of NAMES)
    w.files.add(`/d/${name}`, { type: name === 'sub' ? S_IF.DIR : S_IF.REG });
  w.files.add('/d/sub/deeper');
  w.files.add('/f');
  return { w, d: w.fd('/d', O.RDONLY | O.DIRECTORY), b: w.room(4096) };
}

/** The records in so many bytes at an address. */
function records({ memory }: World, at: number, bytes: number) {
  const found: { name: string; type: number; next: number; ino: number }[] = [];
  for (let from = at; from < at + bytes; ) {
    const length = memory.u16(from + 16);
    expect(length % 8).toBe(0);
    const raw = memory.bytes.slice(from + 19, from + length);
    const nul = raw.indexOf(0);
    expect(nul).toBeGreaterThan(0);
    expect(raw.slice(nul).every((byte) => byte === 0)).toBe(true);
    expect(length - (19 + nul + 1)).toBeLessThan(8);
    found.push({
      name: Buffer.from(raw.slice(0, nul)).toString('latin1'),
      type: memory.u8(from + 18),
      next: memory.s64(from + 8),
      ino: memory.s64(from),
    });
    from += length;
  }
  return found;
}

/** Every name, taken with calls that have `room` bytes. */
function all(w: World, d: number, at: number, room: number): string[] {
  const names: string[] = [];
  for (;;) {
    const res = w.res((r) => r.prepGetdents(0, d, at, room));
    expect(res).toBeGreaterThanOrEqual(0);
    if (res === 0) return names;
    names.push(...records(w, at, res).map(({ name }) => name));
  }
}

describe.each([false, true])('GETDENTS, slow files: %s', (slow) => {
  it('writes names, types and the position behind each, padded to 8 bytes', () => {
    const { w, d, b } = world(slow);
    w.memory.bytes.fill(0xee, b, b + 4096);
    const res = w.res((r) => r.prepGetdents(0, d, b, 4096));
    expect(records(w, b, res)).toEqual(
      NAMES.map((name, i) => ({
        name,
        type: name === 'sub' ? DT.DIR : DT.REG,
        next: i + 1,
        ino: 0xffff_ffff,
      })),
    );
    expect(w.memory.u8(b + res)).toBe(0xee);
    expect(w.res((r) => r.prepGetdents(0, d, b, 4096))).toBe(0);
  });

  it('gives each name once, however little fits, and asks the host once', () => {
    const { w, d, b } = world(slow);
    expect(all(w, d, b, 280)).toEqual(NAMES);
    expect(w.files.calls).toEqual(['list']);
  });

  it('gives the names that were there at its start, and begins again after LSEEK to 0', () => {
    const { w, d, b } = world(slow);
    w.res((r) => r.prepGetdents(0, d, b, 32));
    w.files.nodes.delete('/d/twelve-bytes');
    w.files.add('/d/late');
    expect(all(w, d, b, 280)).toEqual(NAMES.slice(1));
    w.res((r) => r.prepLseek(0, d, 0, SEEK.SET));
    expect(all(w, d, b, 280)).toEqual(['a', 'sub', 'x'.repeat(255), 'caf\xe9', 'late']);
  });

  it('continues behind any position that a record named', () => {
    const { w, d, b } = world(slow);
    all(w, d, b, 4096);
    w.res((r) => r.prepLseek(0, d, 2, SEEK.SET));
    expect(all(w, d, b, 4096)).toEqual(NAMES.slice(2));
  });

  it('refuses room for less than one name, and stays where it is', () => {
    const { w, d, b } = world(slow);
    expect(w.res((r) => r.prepGetdents(0, d, b, 23))).toBe(fail('EINVAL'));
    expect(w.res((r) => r.prepGetdents(0, d, b, 24))).toBe(24);
    expect(records(w, b, 24).map(({ name }) => name)).toEqual(['a']);
  });

  it('of an empty directory is at its end', () => {
    const { w, b } = world(slow);
    w.files.nodes.delete('/d/sub/deeper');
    const sub = w.fd('/d/sub', O.RDONLY);
    expect(w.res((r) => r.prepGetdents(0, sub, b, 4096))).toBe(0);
  });

  it('keeps its directory when the descriptor is closed meanwhile', () => {
    const { w, d, b } = world(slow);
    const request = w.begin((r) => r.prepGetdents(0, d, b, 24));
    w.process.descriptors.close(d);
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(24);
    expect(w.files.openFiles.size).toBe(0);
  });

  it('that fails changes nothing', () => {
    const { w, d, b } = world(slow);
    w.files.script('list', fail('EIO'));
    expect(w.res((r) => r.prepGetdents(0, d, b, 4096))).toBe(fail('EIO'));
    expect(all(w, d, b, 4096)).toEqual(NAMES);
  });
});

describe('GETDENTS is refused', () => {
  it.each<[Spoilt, Parameters<typeof fail>[0], boolean]>([
    [{ addrLow: BAD }, 'EFAULT', false],
    [{ fd: 999 }, 'EBADF', false],
    [{ offLow: 1 }, 'EINVAL', true],
    [{ opFlags: 1 }, 'EINVAL', true],
    [{ bufPersonality: 1 }, 'EINVAL', true],
    [{ fileIndex: 1 }, 'EINVAL', true],
  ])('with %o', (spoil, errno, isPreparation) => {
    const { w, d, b } = world();
    const ended = w.run((r) => r.prepGetdents(0, d, b, 4096), spoil);
    expect(ended).toMatchObject({ res: fail(errno), isPreparation });
  });

  it('on a file, on a ring, and on a descriptor of O_PATH', () => {
    const { w, b } = world();
    const ring = w.process.descriptors.install(RING_OBJECT);
    const get = (fd: number) => w.res((r) => r.prepGetdents(0, fd, b, 4096));
    expect([get(w.fd('/f')), get(ring)]).toEqual([fail('ENOTDIR'), fail('ENOTDIR')]);
    expect(get(w.fd('/d', O.PATH))).toBe(fail('EBADF'));
  });
});
