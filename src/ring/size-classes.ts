/** The size classes of the allocator: powers of two with quarters between, 16 bytes to 1 MiB. */
import { PAGE_BYTES } from './page-runs.ts';

/** Smallest slot, and the alignment of every address, in bytes. */
export const GRAIN_BYTES = 16;
/** Largest request that is rounded to a class; first class served as a run of pages: 16 KiB. */
export const CLASSED_BYTES_MAX = 1 << 20;
export const RUN_CLASS_FIRST = 36;
/** Words of bits for the slots of one page. */
export const SLOT_WORDS = PAGE_BYTES / GRAIN_BYTES / 32;

/** Class of a request of 1 byte to 1 MiB; classes count from 1. */
export function classOf(bytes: number): number {
  const last = (bytes - 1) >>> 4;
  if (last < 8) return last + 1;
  const power = 31 - Math.clz32(last);
  return 5 + (power - 3) * 4 + (last >>> (power - 2));
}

/** Bytes of a slot of a class: the inverse of classOf. */
export function classBytes(sizeClass: number): number {
  if (sizeClass <= 8) return sizeClass * GRAIN_BYTES;
  const power = ((sizeClass - 9) >>> 2) + 3;
  return (5 + ((sizeClass - 9) & 3)) * (GRAIN_BYTES << (power - 2));
}

/** Pages of a slab: the fewest with at least two slots and at most an eighth lost at the end. */
function slabPages(slotBytes: number): number {
  let bytes = Math.ceil((2 * slotBytes) / PAGE_BYTES) * PAGE_BYTES;
  while (bytes % slotBytes > bytes / 8) bytes += PAGE_BYTES;
  return bytes / PAGE_BYTES;
}

/** Per class: bytes of a slot, pages of a slab, slots of a slab. */
export const CLASS_BYTES = Int32Array.from({ length: RUN_CLASS_FIRST }, (_, c) =>
  classBytes(c || 1),
);
export const SLAB_PAGES = CLASS_BYTES.map(slabPages);
export const SLAB_SLOTS = CLASS_BYTES.map((bytes, c) =>
  Math.floor((SLAB_PAGES[c]! * PAGE_BYTES) / bytes),
);
