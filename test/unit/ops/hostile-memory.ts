/** A process memory that changes under its reader: after each read, some of it is different. */
import { ProcessMemory } from '../../../src/ring/memory.ts';

/** What happened to the memory, by index of byte and of word. */
export interface Reads {
  readonly bytes: Map<number, number>;
  readonly words: Map<number, number>;
}

/** Counts the reads of single elements, and calls `meddle` after each. */
function watched<T extends Uint8Array | Int32Array>(
  array: T,
  reads: Map<number, number>,
  meddle: () => void,
): T {
  return new Proxy(array, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) {
        const index = Number(key);
        reads.set(index, (reads.get(index) ?? 0) + 1);
        const value = target[index];
        meddle();
        return value;
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Such a memory; `meddle` gets its true bytes after each read of the kernel. */
export function hostileMemory(meddle: (bytes: Uint8Array) => void): {
  memory: ProcessMemory;
  bytes: Uint8Array;
  reads: Reads;
} {
  const memory = ProcessMemory.reserve(1 << 16);
  const { bytes, words } = memory;
  const reads = { bytes: new Map<number, number>(), words: new Map<number, number>() };
  const change = () => meddle(bytes);
  Object.defineProperty(memory, 'bytes', { value: watched(bytes, reads.bytes, change) });
  Object.defineProperty(memory, 'words', { value: watched(words, reads.words, change) });
  return { memory, bytes, reads };
}
