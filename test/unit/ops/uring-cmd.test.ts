/**
 * Goal: a command to a driver is checked as Linux checks it, and refused by every file.
 * Method: a file in memory, a ring, and numbers that are open to nobody.
 */
import { expect, it } from 'vitest';
import { type ErrnoName, fail } from '../../../src/abi/errno.ts';
import { O } from '../../../src/abi/files.ts';
import { SQE_FLAG, URING_CMD_FLAG } from '../../../src/abi/flags.ts';
import { RING_OBJECT, World } from './world.ts';

const { FIXED, MULTISHOT } = URING_CMD_FLAG;
const { BUFFER_SELECT } = SQE_FLAG;

function world() {
  const w = new World();
  w.files.add('/f', { bytes: 'abc' });
  const command = (fd: number, spoil = {}) => w.run((r) => r.prepUringCmd(0, 7, fd), spoil);
  return { w, command };
}

it('says of every open file that it has no commands, which is a failure', () => {
  const { w, command } = world();
  const refused = { res: fail('EOPNOTSUPP'), isFailure: true, isPreparation: false };
  expect(command(w.fd('/f'))).toMatchObject(refused);
  expect(command(w.process.descriptors.install(RING_OBJECT))).toMatchObject(refused);
});

it('finds no file behind a number that is not open, or is open as a path', () => {
  const { w, command } = world();
  for (const fd of [999, -1, w.fd('/f', O.PATH)]) expect(command(fd).res).toBe(fail('EBADF'));
});

it.each<[string, number, number, number, ErrnoName]>([
  ['an unknown flag', 4, 0, 0, 'EINVAL'],
  ['padding', 0, 0, 1, 'EINVAL'],
  ['multishot without provided buffers', MULTISHOT, 0, 0, 'EINVAL'],
  ['provided buffers without multishot', 0, BUFFER_SELECT, 0, 'EINVAL'],
  ['multishot from a registered buffer', MULTISHOT | FIXED, BUFFER_SELECT, 0, 'EINVAL'],
])('refuses %s before it looks at the file', (_, opFlags, flags, offHigh, errno) => {
  const { command } = world();
  const refused = { res: fail(errno), isPreparation: true };
  expect(command(999, { opFlags, flags, offHigh })).toMatchObject(refused);
});

it('accepts the flags that go together', () => {
  const { w, command } = world();
  const fd = w.fd('/f');
  for (const spoil of [{ opFlags: FIXED }, { opFlags: MULTISHOT, flags: BUFFER_SELECT }])
    expect(command(fd, spoil).res).toBe(fail('EOPNOTSUPP'));
});
