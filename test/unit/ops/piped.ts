/** A world with a pipe, and with provided buffers. */
import { CQE_FLAG, SQE_FLAG } from '../../../src/abi/flags.ts';
import { Pipe } from '../../../src/kernel/ipc/pipe.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';
import { holding, space, textOf } from '../kernel/ipc/pieces.ts';
import { FakeGroups, GROUP } from './fake-groups.ts';
import { World, type WorldParts } from './world.ts';

/** What selects a buffer of the group that FakeGroups has. */
export const SELECT = { flags: SQE_FLAG.BUFFER_SELECT, bufPersonality: GROUP };

/** The flags of a CQE that names a buffer. */
export const BUFFER = (id: number): number => CQE_FLAG.BUFFER | (id << 16);

/** Descriptors of both ends, 64 bytes of memory, and the other ends without a request. */
export function piped(parts: WorldParts = {}) {
  const w = new World(parts);
  const pipe = new Pipe(0);
  const [r, wr] = [w.install(pipe.reader), w.install(pipe.writer)];
  const put = (text: string): number => pipe.writer.write(holding(text));
  const get = (count: number): string => {
    const into = space(count);
    return textOf(into, pipe.reader.read(into));
  };
  return { w, pipe, r, wr, b: w.room(64), put, get };
}

/** The same, where buffers can be selected. */
export function selecting(parts: WorldParts = {}) {
  const memory = ProcessMemory.reserve(1 << 21);
  const groups = new FakeGroups(memory);
  return { ...piped({ memory, groups, ...parts }), groups };
}
