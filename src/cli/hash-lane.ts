/** One ring of one executor that hashes files, without a Promise or a Buffer for any of them. */
import { fail } from '../abi/errno.ts';
import { AT } from '../abi/files.ts';
import { NULL_PAGE_BYTES, PATH_BYTES_MAX } from '../abi/limits.ts';
import { KernelError } from '../client/error.ts';
import type { Ring } from '../client/ring.ts';
import type { IoUringManager } from '../manager/manager.ts';
import { ProcessMemory } from '../ring/memory.ts';
import { type ByteString, fromText } from './byte-string.ts';
import type { SumEnd } from './engine.ts';

// Every file in flight has a place, whose number is the user_data of its request. The memory of
// the lane: the algorithm's name, then for each place a count and a digest, then for each place
// room for a path. That begins with the current directory, written once, in front of which
// relative paths are not: a relative path follows it, and its request begins at the directory; an
// absolute one lies in the same room, and its request begins behind the directory.

/** Files in flight: enough for the executor to have a batch while the last one is answered. */
export const PLACES = 128;

const NAME_AT = NULL_PAGE_BYTES;
const NAME_BYTES = 64;
/** HASH_FILE writes a u64, the bytes that it hashed, and then the digest. */
const COUNT_BYTES = 8;
/** Twice the longest digest in use, SHA-512's. */
const DIGEST_BYTES = 128;
const SUM_BYTES = COUNT_BYTES + DIGEST_BYTES;
const SUMS_AT = NAME_AT + NAME_BYTES;
const PATHS_AT = SUMS_AT + PLACES * SUM_BYTES;
/** Between rooms for paths: at a distance of whole pages all would share a few sets of a cache. */
const PATH_GAP_BYTES = 192;

/** Answers that are waited for before this thread looks: each wake-up takes a core from others. */
const REAP_MIN = 32;
const SLASH = 0x2f;
const OWNER_DIED = fail('EOWNERDEAD');
const RING_ENDED = fail('ECANCELED');

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Waiting {
  readonly path: ByteString;
  readonly end: SumEnd;
}

export class HashLane {
  readonly #ring: Ring;
  readonly #memory: ProcessMemory;
  readonly #buffer: Buffer;
  readonly #ends: (SumEnd | undefined)[] = new Array(PLACES).fill(undefined);
  /** Where the path of each place begins. */
  readonly #paths = new Int32Array(PLACES);
  /** Places whose executor died once: they were submitted again. */
  readonly #repeated = new Uint8Array(PLACES);
  readonly #free: number[] = Array.from({ length: PLACES }, (_, place) => PLACES - 1 - place);
  #waiting: Waiting[] = [];
  readonly #directoryBytes: number;
  readonly #roomBytes: number;
  #submitPending = false;
  #reaping = false;
  #ended = false;

  /** A ring on one executor; `directory`: where relative paths begin. */
  constructor(
    manager: IoUringManager,
    executor: number,
    { algorithm, directory }: { readonly algorithm: string; readonly directory: string },
  ) {
    const prefix = fromText(`${directory}/`);
    this.#directoryBytes = prefix.length;
    this.#roomBytes = prefix.length + PATH_BYTES_MAX + PATH_GAP_BYTES;
    this.#memory = ProcessMemory.reserve(PATHS_AT + PLACES * this.#roomBytes);
    this.#buffer = Buffer.from(this.#memory.bytes.buffer);
    const options = { memory: this.#memory, sqEntries: PLACES, executor };
    this.#ring = manager.createRing(executor + 1, options);
    this.#buffer.write(`${algorithm}\0`, NAME_AT, 'latin1');
    for (let place = 0; place < PLACES; place++)
      this.#buffer.write(prefix, this.#roomAt(place), 'latin1');
  }

  get inFlight(): number {
    return PLACES - this.#free.length;
  }

  /** Files that are in flight, or wait for a place. */
  get load(): number {
    return this.inFlight + this.#waiting.length;
  }

  /** Begins a file, when there is a place. Files of one tick are submitted together. */
  add(path: ByteString, end: SumEnd): void {
    if (this.#ended) {
      end.failed(new KernelError(RING_ENDED, 'open'));
      return;
    }
    const place = this.#free.pop();
    if (place === undefined) this.#waiting.push({ path, end });
    else this.#begin(place, path, end);
  }

  #begin(place: number, path: ByteString, end: SumEnd): void {
    this.#ends[place] = end;
    this.#repeated[place] = 0;
    const room = this.#roomAt(place);
    const at = room + this.#directoryBytes;
    const taken = Math.min(path.length, PATH_BYTES_MAX); // that much without a NUL is ENAMETOOLONG
    this.#memory.bytes[at + this.#buffer.write(path, at, taken, 'latin1')] = 0;
    this.#paths[place] = path.charCodeAt(0) === SLASH ? at : room;
    this.#prepare(place);
  }

  #roomAt(place: number): number {
    return PATHS_AT + place * this.#roomBytes;
  }

  #sumAt(place: number): number {
    return SUMS_AT + place * SUM_BYTES;
  }

  #prepare(place: number): void {
    const ring = this.#ring;
    const sqe = ring.getSqe(); // there is one: the SQ has as many as there are places
    ring.prepHashFile(sqe, NAME_AT, AT.FDCWD, this.#paths[place]!, this.#sumAt(place));
    ring.sqeSetData(sqe, place);
    if (this.#submitPending) return;
    this.#submitPending = true;
    queueMicrotask(this.#submit);
  }

  readonly #submit = (): void => {
    this.#submitPending = false;
    this.#ring.submit();
    if (this.#reaping) return;
    this.#reaping = true;
    void this.#reap();
  };

  async #reap(): Promise<void> {
    const ring = this.#ring;
    while (this.inFlight > 0) {
      const wanted = Math.min(REAP_MIN, (this.inFlight + 1) >> 1);
      const isThere = ring.cqReady() >= wanted;
      if (!isThere && (await ring.waitCqesAsync(wanted)) < 0) {
        this.#end();
        break;
      }
      if (isThere) await nextTurn(); // others have work in this event loop
      ring.cqAdvance(ring.forEachCqe(this.#onCqe));
      this.#beginWaiting();
    }
    this.#reaping = false;
  }

  #beginWaiting(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { path, end } of waiting) this.add(path, end);
  }

  readonly #onCqe = (cqe: number): void => {
    const place = this.#ring.cqeGetData(cqe);
    const res = this.#ring.cqeRes(cqe);
    if (res === OWNER_DIED && this.#repeated[place] === 0) {
      this.#repeated[place] = 1; // hashing it twice does what hashing it once does
      this.#prepare(place);
      return;
    }
    const end = this.#ends[place]!;
    this.#ends[place] = undefined;
    this.#free.push(place);
    if (res < 0) {
      end.failed(new KernelError(res, 'open'));
      return;
    }
    const at = this.#sumAt(place);
    const digestAt = at + COUNT_BYTES;
    const digest = this.#buffer.toString('hex', digestAt, digestAt + res);
    end.summed({ digest, bytes: this.#memory.s64(at) });
  };

  /** The ring is gone: nobody will answer any more. */
  #end(): void {
    this.#ended = true;
    const ends = [...this.#ends, ...this.#waiting.map(({ end }) => end)];
    this.#ends.fill(undefined);
    this.#waiting = [];
    for (const end of ends) end?.failed(new KernelError(RING_ENDED, 'open'));
  }
}
