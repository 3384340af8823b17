/** Futexes: flags of futex2, and the record that names one word of several (linux/futex.h). */

/** FUTEX2_*: the size of a word in the two lowest bits, and who else uses it. */
export const FUTEX2 = {
  SIZE_U8: 0x00,
  SIZE_U16: 0x01,
  SIZE_U32: 0x02,
  SIZE_U64: 0x03,
  /** A number of a memory node follows the word. */
  NUMA: 0x04,
  /** The node comes from the memory's policy. */
  MPOL: 0x08,
  /** Only this process uses the word. */
  PRIVATE: 0x80,
} as const;

/** A mask that meets every other one but 0. */
export const FUTEX_BITSET_MATCH_ANY = 0xffff_ffff;

/** Bytes of a word, and what its address is a multiple of. */
export const FUTEX_BYTES = 4;

/** struct futex_waitv: u64 expected value, u64 address, u32 FUTEX2_ flags, u32 reserved. */
export const FUTEX_WAITV_BYTES = 24;
export const FUTEX_WAITV = { val: 0, uaddr: 8, flags: 16, reserved: 20 } as const;
