/** Runs of whole pages: taken best fit, given back and merged with their free neighbours. */

/** Bytes of a page: the unit in which a range of memory is divided. */
export const PAGE_BYTES = 4096;
/** Free runs up to so many pages have a list per length, longer ones one per quarter of a power. */
const EXACT_PAGES_MAX = 16;
const LISTS = EXACT_PAGES_MAX + 1 + 4 * (20 - 4);
/** Up to so many pages any run that is long enough will do; beyond, the shortest of its list. */
const ANY_PAGES_MAX = 256;

/** What a page is. Of a free run both ends are FREE; what lies inside any run is INSIDE. */
export const PAGE = { INSIDE: 0, FREE: 1, RUN: 2, SLAB: 3 } as const;

/**
 * Which pages of a range are free: best fit, joined with free neighbours as they come back. Pages
 * count from 1, between two guards that are never free, so 0 ends a list and is no page. All arrays
 * are made once and belong to one thread; taking and giving back leaves no garbage.
 */
export class PageRuns {
  readonly count: number;
  /** PAGE. Who takes a run marks it RUN (first page) or SLAB (every page). */
  readonly kind: Uint8Array;
  /** FREE: pages of the run, at both ends. RUN: its pages. SLAB: its first page. */
  readonly span: Int32Array;
  /** Links of the one list that the first page of a run is on. */
  readonly next: Int32Array;
  readonly #previous: Int32Array;
  readonly #firstOf = new Int32Array(LISTS);

  constructor(count: number) {
    this.count = count;
    this.kind = new Uint8Array(count + 2);
    this.span = new Int32Array(count + 2);
    this.next = new Int32Array(count + 2);
    this.#previous = new Int32Array(count + 2);
    this.give(1, count);
  }

  /** First page of a run, all INSIDE; 0 when no free run is long enough. O(1) for size classes. */
  take(pages: number): number {
    for (let list = listOf(pages); list < LISTS; list++) {
      const page = this.#firstOf[list] === 0 ? 0 : this.#bestOf(list, pages);
      if (page === 0) continue;
      const left = this.span[page]! - pages;
      this.#unlist(page);
      if (left > 0) this.#enlist(page + pages, left);
      return page;
    }
    return 0;
  }

  /** Takes back a run, and joins it with the free runs beside it. */
  give(page: number, pages: number): void {
    let first = page;
    let end = page + pages;
    this.kind.fill(PAGE.INSIDE, first, end);
    if (this.kind[first - 1] === PAGE.FREE) {
      first -= this.span[first - 1]!;
      this.#unlist(first);
    }
    if (this.kind[end] === PAGE.FREE) {
      const after = end;
      end += this.span[after]!;
      this.#unlist(after);
    }
    this.#enlist(first, end - first);
  }

  /** Puts a page in front of the list that begins at firstOf[list]. */
  push(firstOf: Int32Array, list: number, page: number): void {
    const second = firstOf[list]!;
    this.next[page] = second;
    this.#previous[page] = 0;
    this.#previous[second] = page; // of 0 when the list was empty: never read
    firstOf[list] = page;
  }

  /** Takes a page off that list. */
  drop(firstOf: Int32Array, list: number, page: number): void {
    const before = this.#previous[page]!;
    const after = this.next[page]!;
    if (before === 0) firstOf[list] = after;
    else this.next[before] = after;
    this.#previous[after] = before;
  }

  #enlist(page: number, pages: number): void {
    this.#mark(page, pages, PAGE.FREE);
    this.span[page] = pages;
    this.span[page + pages - 1] = pages;
    this.push(this.#firstOf, listOf(pages), page);
  }

  #unlist(page: number): void {
    const pages = this.span[page]!;
    this.#mark(page, pages, PAGE.INSIDE);
    this.drop(this.#firstOf, listOf(pages), page);
  }

  #mark(page: number, pages: number, kind: number): void {
    this.kind[page] = kind;
    this.kind[page + pages - 1] = kind;
  }

  /** A run of that list that is long enough, or 0. A class's pages begin a list: all of it is. */
  #bestOf(list: number, pages: number): number {
    let best = 0;
    for (let page = this.#firstOf[list]!; page !== 0; page = this.next[page]!) {
      const span = this.span[page]!;
      if (span >= pages && (best === 0 || span < this.span[best]!)) best = page;
      if (best !== 0 && (span === pages || pages <= ANY_PAGES_MAX)) break;
    }
    return best;
  }
}

/** The list of free runs of that many pages; a later list holds only longer ones. */
function listOf(pages: number): number {
  if (pages <= EXACT_PAGES_MAX) return pages;
  const power = 31 - Math.clz32(pages);
  return EXACT_PAGES_MAX + 1 + (power - 4) * 4 + ((pages >>> (power - 2)) & 3);
}
