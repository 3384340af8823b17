/** The address space of a process: bytes behind checked addresses, and which pages are free. */
import { MEMORY_DEFAULT_BYTES, MEMORY_MAX_BYTES, NULL_PAGE_BYTES } from '../abi/limits.ts';
import { sharedBytes } from './region.ts';

// An address is a byte index. Those below NULL_PAGE_BYTES are never mapped, so that 0 is NULL. The
// size is fixed for life: a growable buffer makes every plain store several times dearer, because
// its bound must be looked up again. Everything multi-byte is little-endian, as in Linux on x86-64;
// reads and writes of one value may be unaligned.
//
// The process goes on running: whoever decides by a value reads it once and keeps the copy (law 5).
//
// A word that says how far its neighbours are written (the tail of a provided-buffer ring)
//   one side                                    the other
//   M1  write the neighbours                    M3  load(word)
//   M2  store(word)                             M4  read the neighbours
// When M3 returns what M2 stored, M2 synchronizes with M3, so M1 happens before M4.
//
// A word that threads sleep on (futex)
//   sleeper, by FUTEX_WAIT                      waker
//   F1  load(word) = expected? else -EAGAIN     F3  the process stores the word
//   F2  join the queue of that word             F4  FUTEX_WAKE takes sleepers from the queue
//   sleeper, by Atomics.wait                    F5  what it has left wakes: notify(word)
//   F6  wait(word, expected)
// One thread runs F1 and F2 in one go, and F4 too: either F4 follows F2 and finds the sleeper, or
// it precedes F1, and then F3 does as well, so F1 sees the new value. F6 compares and joins a list
// of the engine in one go, so the same holds of F6 and F5.

/** What crosses threads to attach the same memory there; structured-cloneable. */
export interface MemoryHandle {
  /** A plain ArrayBuffer is copied by the clone: only shared memory stays one memory. */
  readonly buffer: SharedArrayBuffer | ArrayBuffer;
  /** Bytes from the start of the buffer that belong to the address space. */
  readonly sizeBytes: number;
}

const TWO_TO_32 = 2 ** 32;
/** Addresses of processes have 47 bits on x86-64: these of the upper word. */
const USER_HIGH_BITS = 15;

/** One thread's view of a process's memory. Reading and writing neither throw nor allocate. */
export class ProcessMemory {
  /** All bytes; an address is an index. */
  readonly bytes: Uint8Array;
  /** The same bytes as aligned words; a word's index is its address / 4. */
  readonly words: Int32Array;

  private constructor({ buffer, sizeBytes }: MemoryHandle) {
    const mapped = sizeBytes > NULL_PAGE_BYTES && sizeBytes <= MEMORY_MAX_BYTES;
    if (!mapped || !Number.isInteger(sizeBytes))
      throw new RangeError(`memory: ${sizeBytes} bytes are not ${NULL_PAGE_BYTES + 1} to 2^31-1`);
    // Views of a fixed length: a buffer that grows does not move the end, and one that is detached
    // reads as empty, so that at() refuses everything.
    this.bytes = new Uint8Array(buffer, 0, sizeBytes);
    this.words = new Int32Array(buffer, 0, sizeBytes >>> 2);
  }

  /**
   * Reserves a new address space of `sizeBytes`, NULL page included; untouched pages cost nothing.
   * Throws RangeError unless NULL_PAGE_BYTES < sizeBytes <= MEMORY_MAX_BYTES.
   */
  static reserve(sizeBytes: number = MEMORY_DEFAULT_BYTES): ProcessMemory {
    const reservable = sizeBytes > 0 && sizeBytes <= MEMORY_MAX_BYTES; // else 0, and refused
    return new ProcessMemory({ buffer: sharedBytes(reservable ? sizeBytes : 0), sizeBytes });
  }

  /**
   * Adopts memory made elsewhere, such as a Wasm memory's buffer, at the size it has now. Bytes
   * beyond MEMORY_MAX_BYTES stay unmapped; a buffer that is not shared serves this thread alone.
   * Throws RangeError when there is nothing above the NULL page.
   */
  static adopt(buffer: SharedArrayBuffer | ArrayBuffer): ProcessMemory {
    return new ProcessMemory({ buffer, sizeBytes: Math.min(buffer.byteLength, MEMORY_MAX_BYTES) });
  }

  /** Views on this thread the memory that `handle` names. */
  static attach(handle: MemoryHandle): ProcessMemory {
    return new ProcessMemory(handle);
  }

  /** What attach() takes on another thread. */
  get handle(): MemoryHandle {
    const { buffer, length } = this.bytes;
    return { buffer: buffer as SharedArrayBuffer | ArrayBuffer, sizeBytes: length };
  }

  /** Bytes of the address space, NULL page included. */
  get sizeBytes(): number {
    return this.bytes.length;
  }

  /**
   * The byte index of an address that is given as two int32 words, or -1 (the caller answers
   * -EFAULT) when [addr, addr + lengthBytes) is not wholly mapped. The length is taken as u32. As
   * with Linux's access_ok, an empty range is fine wherever a process could have memory: it is at
   * index 0 when there is none.
   */
  at(addrLow: number, addrHigh: number, lengthBytes: number): number {
    const addr = addrLow >>> 0;
    const length = lengthBytes >>> 0;
    const isInside = addrHigh === 0 && addr <= this.bytes.length - length;
    if (isInside && (addr >= NULL_PAGE_BYTES || length === 0)) return addr;
    return length === 0 && addrHigh >>> USER_HIGH_BITS === 0 ? 0 : -1;
  }

  /** Unsigned 8 bits, 0..255. As in all that follow, `at` is an index that at() approved. */
  u8(at: number): number {
    return this.bytes[at]! | 0;
  }

  /** Unsigned 16 bits, 0..65535. */
  u16(at: number): number {
    const bytes = this.bytes;
    return bytes[at]! | (bytes[at + 1]! << 8);
  }

  /** Signed 32 bits. */
  i32(at: number): number {
    if ((at & 3) === 0) return this.words[at >>> 2]! | 0;
    return this.u16(at) | (this.u16(at + 2) << 16);
  }

  /** Unsigned 32 bits, 0..2^32-1. */
  u32(at: number): number {
    return this.i32(at) >>> 0;
  }

  /** Signed 64 bits as a number: exact up to 2^53, the nearest double beyond. */
  s64(at: number): number {
    return this.i32(at + 4) * TWO_TO_32 + this.u32(at);
  }

  /** Writes the low 8 bits of `value`. */
  setU8(at: number, value: number): void {
    this.bytes[at] = value;
  }

  /** Writes the low 16 bits of `value`. */
  setU16(at: number, value: number): void {
    this.bytes[at] = value;
    this.bytes[at + 1] = value >>> 8;
  }

  /** Writes the low 32 bits of `value`, signed or unsigned. */
  setU32(at: number, value: number): void {
    if ((at & 3) === 0) {
      this.words[at >>> 2] = value;
    } else {
      this.setU16(at, value);
      this.setU16(at + 2, value >>> 16);
    }
  }

  /** Writes an integer as 64 bits in two's complement; exact for doubles from -2^63 to 2^64. */
  setU64(at: number, value: number): void {
    this.setU32(at, value);
    this.setU32(at + 4, Math.floor(value / TWO_TO_32));
  }

  /** The aligned word at `at`, so that what its writer wrote before is seen after (M3). */
  loadAcquire(at: number): number {
    const index = at >>> 2;
    return index < this.words.length ? Atomics.load(this.words, index) : 0; // M3
  }

  /** Stores the aligned word at `at`, so that who sees it sees what was written before (M2). */
  storeRelease(at: number, value: number): void {
    const index = at >>> 2;
    if (index < this.words.length) Atomics.store(this.words, index, value); // M2
  }

  /** Whether the aligned word at `at` holds `expected`, compared as 32 bits (F1). */
  compareWord(at: number, expected: number): boolean {
    const index = at >>> 2;
    return index < this.words.length && Atomics.load(this.words, index) === (expected | 0); // F1
  }

  /** Wakes at most `count` threads asleep on the aligned word at `at` (F5); how many they were. */
  wakeWord(at: number, count: number): number {
    const index = at >>> 2;
    return index < this.words.length ? Atomics.notify(this.words, index, count >>> 0) : 0; // F5
  }
}
