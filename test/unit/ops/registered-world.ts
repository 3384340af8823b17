/** A world whose ring can register files and provided buffers. */
import { BufferGroups } from '../../../src/kernel/provided-buffers.ts';
import { FileTable } from '../../../src/kernel/registered-files.ts';
import { World, type WorldParts } from './world.ts';

/** With a table of `slots` empty slots, or none. */
export function registeredWorld(slots: number, parts: WorldParts = {}) {
  const w = new World(parts);
  const table = new FileTable(w.process);
  const groups = new BufferGroups(w.memory);
  Object.assign(w.ring, { files: table, groups });
  if (slots > 0) table.register({ low: 0, high: 0, count: slots });
  return { w, table, groups };
}
