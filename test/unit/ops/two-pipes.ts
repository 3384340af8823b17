/** A world with two pipes and three files, and the pipes' ends without a request. */
import { S_IF } from '../../../src/abi/files.ts';
import { Pipe } from '../../../src/kernel/ipc/pipe.ts';
import { World, type WorldParts } from './world.ts';

/** Descriptors: of pipe p, pipe q, and the files f and g. */
export function twoPipes(parts: WorldParts = {}) {
  const w = new World(parts);
  w.files.add('/f', { bytes: '0123456789' });
  w.files.add('/g');
  w.files.add('/d', { type: S_IF.DIR });
  const [p, q] = [new Pipe(0), new Pipe(0)];
  const ends = { pr: w.install(p.reader), pw: w.install(p.writer) };
  const others = { qr: w.install(q.reader), qw: w.install(q.writer) };
  return { w, p, q, ...ends, ...others, f: w.fd('/f'), g: w.fd('/g') };
}
