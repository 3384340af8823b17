/** A ring's shared memory: made once, written with its constants, viewed by every end. */
import { CONTROL, type Geometry, geometry, type RegionFacts } from '../abi/layout.ts';

/** One thread's view of a ring region. `geometry` is private: a process cannot move our slots. */
export interface Region {
  readonly words: Int32Array;
  readonly geometry: Geometry;
}

/** What crosses threads to make the same view elsewhere; structured-cloneable. */
export interface RegionHandle {
  readonly buffer: SharedArrayBuffer | ArrayBuffer;
  readonly facts: RegionFacts;
}

/** SharedArrayBuffer where the runtime has it; the inline kernel also works on plain memory. */
export const sharedBytes = (bytes: number): SharedArrayBuffer | ArrayBuffer =>
  typeof SharedArrayBuffer === 'function' ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);

/** Makes a region whose four indices start at `firstIndex` (0 unless a test seeds the wrap). */
export function createRegion(
  facts: RegionFacts,
  { firstIndex = 0 }: { firstIndex?: number } = {},
): RegionHandle {
  const { sqEntries, cqEntries, indexed, arrayStart, regionBytes } = geometry(facts);
  const buffer = sharedBytes(regionBytes);
  const words = new Int32Array(buffer);
  for (const index of [CONTROL.sqTail, CONTROL.sqHead, CONTROL.cqTail, CONTROL.cqHead])
    words[index] = firstIndex;
  words[CONTROL.sqRingMask] = sqEntries - 1;
  words[CONTROL.sqRingEntries] = sqEntries;
  words[CONTROL.cqRingMask] = cqEntries - 1;
  words[CONTROL.cqRingEntries] = cqEntries;
  words[CONTROL.setupFlags] = facts.flags;
  // The identity, as liburing sets it: a submitter that never touches the array submits in order.
  if (indexed) for (let i = 0; i < sqEntries; i++) words[arrayStart + i] = i;
  return { buffer, facts };
}

/** Views a region made by createRegion, on any thread. */
export const viewRegion = ({ buffer, facts }: RegionHandle): Region => ({
  words: new Int32Array(buffer),
  geometry: geometry(facts),
});
