/** Tags of registered resources: told to the process once a resource is used no more. */
import { fail, type Res } from '../abi/errno.ts';
import { TAG_BYTES, U64 } from '../abi/records.ts';
import type { ProcessMemory } from '../ring/memory.ts';

// A resource is a file or a buffer in a slot of a ring's table. One that was registered with a tag
// has a node, held by its slot and by each request in flight that uses it; the last one to let go
// has {tag 0} posted (SEMANTICS K8). One without a tag has no node: nobody would be told, and what
// it is made of (an open file, memory) counts its own holders.

/** 64 bits that the process chose; 0 is none. */
export interface Tag {
  readonly low: number;
  readonly high: number;
}

const NO_TAG: Tag = { low: 0, high: 0 };

/** Posts {tag 0} to the ring. */
export type PostTag = (tagLow: number, tagHigh: number) => void;

/** For tables whose owner is not told. */
export const UNTOLD: PostTag = () => {};

/** Where a process keeps an array: its address in two words, and how many elements. */
export interface ArrayAt {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Where it keeps an array beside others: at NULL there is none. */
export interface Tags {
  readonly low: number;
  readonly high: number;
}

export const NO_TAGS: Tags = { low: 0, high: 0 };

/** Reads tag `index` of an array, once: -EFAULT, or the tag. */
export function readTag(memory: ProcessMemory, { low, high }: Tags, index: number): Tag | Res {
  if ((low | high) === 0) return NO_TAG;
  const offset = index * TAG_BYTES;
  const first = memory.at(low, high, offset + TAG_BYTES);
  if (first < 0) return fail('EFAULT');
  return { low: memory.i32(first + offset), high: memory.i32(first + offset + U64.high) };
}

export const isNoTag = ({ low, high }: Tag): boolean => (low | high) === 0;

/** The node of a tagged resource; made with one hold, its slot's. */
export class Resource {
  readonly #tag: Tag;
  readonly #post: PostTag;
  #holds = 1;

  constructor(tag: Tag, post: PostTag) {
    this.#tag = tag;
    this.#post = post;
  }

  /** One more user; every hold() is followed by one drop(). */
  hold(): void {
    this.#holds++;
  }

  /** One user less; the last one has the tag posted. */
  drop(): void {
    if (--this.#holds === 0) this.#post(this.#tag.low, this.#tag.high);
  }
}

/** The tagged slots of one table. */
export class TaggedSlots {
  readonly #post: PostTag;
  readonly #nodes = new Map<number, Resource>();

  constructor(post: PostTag) {
    this.#post = post;
  }

  nodeOf(slot: number): Resource | undefined {
    return this.#nodes.get(slot);
  }

  /** A slot that has no node has another resource now. */
  fill(slot: number, tag: Tag): void {
    if (!isNoTag(tag)) this.#nodes.set(slot, new Resource(tag, this.#post));
  }

  /** A slot lost its resource. */
  empty(slot: number): void {
    const node = this.#nodes.get(slot);
    if (node === undefined) return;
    this.#nodes.delete(slot);
    node.drop();
  }

  /** All did. */
  emptyAll(): void {
    for (const slot of [...this.#nodes.keys()]) this.empty(slot);
  }

  /** The table is gone with its ring, or was never whole: nobody is told. */
  forget(): void {
    this.#nodes.clear();
  }
}
