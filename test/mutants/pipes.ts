/** Mutants of the pages of pipes, and of what splices fill and leave. */
import type { Mutant } from './mutant.ts';

const PIPE = ['test/unit/kernel/ipc/pipe.test.ts'];
const SPLICING = ['test/unit/kernel/ipc/pipe-splicing.test.ts'];
const SPLICE = ['test/unit/ops/splice-pages.test.ts'];

const PAGES = 'src/kernel/ipc/pipe-pages.ts';

/** Each breaks one rule of fs/pipe.c or fs/splice.c. */
export const pipeMutants: readonly Mutant[] = [
  {
    name: 'a write to a pipe adds nothing to its last page',
    file: PAGES,
    find: 'if (count > this.#room) return 0;',
    replace: 'if (count >= 0) return 0;',
    tests: PIPE,
  },
  {
    name: 'a write to a pipe is split to fill its last page',
    file: PAGES,
    find: 'if (count > this.#room) return 0;\n    this.#left += count;',
    replace: 'count = Math.min(count, this.#room);\n    this.#left += count;',
    tests: PIPE,
  },
  {
    name: 'a write to a pipe adds to its last page all that it has',
    file: PAGES,
    find: 'this.#merge(total & (PAGE_BYTES - 1))',
    replace: 'this.#merge(total)',
    tests: PIPE,
  },
  {
    name: 'a read inside a page of a pipe makes room in it',
    file: PAGES,
    find: 'else this.#left -= rest;',
    replace: 'else {\n      this.#left -= rest;\n      this.#room += rest;\n    }',
    tests: PIPE,
  },
  {
    name: 'a page of a pipe ends with its last byte but one',
    file: PAGES,
    find: 'while (this.#older > 0 && rest >= this.#lefts[this.#first]!) {',
    replace: 'while (this.#older > 0 && rest + 1 >= this.#lefts[this.#first]!) {',
    tests: PIPE,
  },
  {
    name: 'a pipe whose last slot is taken is not full',
    file: PAGES,
    find: 'return this.#older + this.#reserved >= MASK && this.free <= 0;',
    replace: 'return this.#older + this.#reserved > MASK;',
    tests: PIPE,
  },
  {
    name: 'a write to an empty pipe takes slots that are claimed',
    file: PAGES,
    find: ' && this.#reserved < PIPE_SLOTS) {',
    replace: ') {',
    tests: SPLICING,
  },
  {
    name: 'writers of a full pipe are woken by reads that free no slot',
    file: 'src/kernel/ipc/pipe.ts',
    find: 'if (!this.isFull) this.writer.waiters.wake(OUT | WRNORM);',
    replace: 'this.writer.waiters.wake(OUT | WRNORM);',
    tests: PIPE,
  },
  {
    name: 'a pipe that lost its readers has slots again',
    file: 'src/kernel/ipc/pipe.ts',
    find: 'this.#bytes.clear();',
    replace: 'this.#pages.take(this.length);\n      this.#bytes.clear();',
    tests: PIPE,
  },
  {
    name: 'a write adds to a page of a file in a pipe',
    file: PAGES,
    find: 'this.#push(bytes, 0);',
    replace: 'this.#push(bytes, PAGE_BYTES - skipped - bytes);',
    tests: SPLICING,
  },
  {
    name: 'a write adds to a page that a pipe shares with another by tee',
    file: PAGES,
    find: 'const count = Math.min(rest, this.#leftAt(i));\n      other.#push(count, 0);',
    replace:
      'const count = Math.min(rest, this.#leftAt(i));\n' +
      '      other.#push(count, PAGE_BYTES - count);',
    tests: SPLICING,
  },
  {
    name: 'a write adds to a part of a page that was moved to another pipe',
    file: PAGES,
    find: 'count === left ? this.#oldestRoom : 0',
    replace: 'this.#oldestRoom',
    tests: SPLICING,
  },
  {
    name: 'a page that was moved to another pipe is closed to writes',
    file: PAGES,
    find: 'count === left ? this.#oldestRoom : 0',
    replace: '0',
    tests: SPLICING,
  },
  {
    name: 'a splice fills a pipe beyond its slots',
    file: PAGES,
    find: 'while (rest > 0 && this.#left > 0 && other.free > 0) {',
    replace: 'while (rest > 0 && this.#left > 0) {',
    tests: SPLICE,
  },
  {
    name: 'a tee fills a pipe beyond its slots',
    file: PAGES,
    find: 'i < pages && other.free > 0',
    replace: 'i < pages',
    tests: SPLICING,
  },
  {
    name: 'pages of a file in a pipe begin where the splice does',
    file: 'src/ops/splicing.ts',
    find: '(position === -1 ? file.position : position) % PAGE_BYTES',
    replace: '(position === -1 ? file.position : position) * 0',
    tests: SPLICE,
  },
  {
    name: 'a splice at the file position begins at the beginning of a page of the pipe',
    file: 'src/ops/splicing.ts',
    find: '(position === -1 ? file.position : position) % PAGE_BYTES',
    replace: '(position === -1 ? 0 : position) % PAGE_BYTES',
    tests: SPLICE,
  },
  {
    name: 'bytes that a slow file may bring have no slot in their pipe',
    file: 'src/ops/splicing.ts',
    find: 'to.claim(this.#claimed);',
    replace: '',
    tests: SPLICE,
  },
  {
    name: 'pages that may come back to a pipe have no slot meanwhile',
    file: PAGES,
    find: 'if (isAll) this.#reserved++;',
    replace: '',
    tests: SPLICING,
  },
  {
    name: 'a part of a page comes back to a pipe as a page of its own',
    file: PAGES,
    find: 'else if (isAll && this.#older < PIPE_SLOTS) {',
    replace: 'else if (this.#older < PIPE_SLOTS) {',
    tests: SPLICING,
  },
];
