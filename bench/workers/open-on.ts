/** Opens a file in the process of a ring. */
import { AT } from '../../src/abi/files.ts';
import { Allocator, type Ring } from '../../src/index.ts';

/** Its descriptor; `flags` are O_ flags. Nothing else may be in flight. */
export function openOn(ring: Ring, path: string, flags: number): number {
  const bytes = Buffer.from(`${path}\0`);
  using name = new Allocator(ring.memory).lease(bytes.length);
  if (name === undefined) throw new Error('no memory for a path');
  name.bytes.set(bytes);
  ring.prepOpenat(ring.getSqe(), AT.FDCWD, name.address, flags, 0o600);
  ring.submitAndWait(1);
  const fd = ring.cqeRes(ring.peekCqe());
  ring.cqeSeen();
  if (fd < 0) throw new Error(`open ended with ${fd}`);
  return fd;
}
