/** Mutants of the doorbell and of parking: ringing, collecting, falling asleep. */
import type { Mutant } from './mutant.ts';

const DOORBELL = 'src/ring/doorbell.ts';
const PARK = 'src/ring/park.ts';
const ENDS = 'test/model/explorer/ends.ts';
const doorbell = ['test/model/doorbell.test.ts'];

// Not listed, because nothing can tell them from the original:
//   - S4 as load, store(parked, 0), notify: a flag erased too late ends a sleep that then finds the
//     bell; only a ringer that dies between the two would leave the executor asleep.
//   - P4 left out: a flag left up while awake costs a ringer a notify, and P1 raises it anyway.
//   - S3 that stops at a summary bit already set: whoever set it is on its way to top. It makes one
//     process depend on the progress of another, which is why the shipped code does not.

export const doorbellMutants: readonly Mutant[] = [
  {
    name: 'the executor parks without looking at the bell again (P2 missing)',
    file: PARK,
    find:
      '    if (!this.#rung.any()) {\n' +
      '      Atomics.store(this.#board, this.#awakeAt, 0); // A1\n' +
      '      Atomics.wait(',
    replace:
      '    {\n' +
      '      Atomics.store(this.#board, this.#awakeAt, 0); // A1\n' +
      '      Atomics.wait(',
    tests: doorbell,
  },
  {
    name: 'the executor looks at the bell before it says that it parks (P2 before P1)',
    file: PARK,
    find:
      '    Atomics.store(words, DOORBELL.parked, 1); // P1\n' +
      '    if (!this.#rung.any()) {\n' +
      '      Atomics.store(this.#board, this.#awakeAt, 0); // A1\n' +
      '      Atomics.wait(',
    replace:
      '    const rang = this.#rung.any();\n' +
      '    Atomics.store(words, DOORBELL.parked, 1); // P1\n' +
      '    if (!rang) {\n' +
      '      Atomics.store(this.#board, this.#awakeAt, 0); // A1\n' +
      '      Atomics.wait(',
    tests: doorbell,
  },
  {
    name: 'a ringer notifies without taking the parked flag',
    file: DOORBELL,
    find:
      '    const taken = Atomics.compareExchange(words, PARKED, 1, 0); // S4\n' +
      '    if (taken === 1) Atomics.notify(words, PARKED); // S5\n',
    replace: '    Atomics.notify(words, PARKED); // S5\n',
    tests: doorbell,
  },
  {
    name: 'a ringer notifies before it takes the parked flag (S5 before S4)',
    file: DOORBELL,
    find:
      '    const taken = Atomics.compareExchange(words, PARKED, 1, 0); // S4\n' +
      '    if (taken === 1) Atomics.notify(words, PARKED); // S5\n',
    replace:
      '    Atomics.notify(words, PARKED); // S5\n' +
      '    Atomics.compareExchange(words, PARKED, 1, 0); // S4\n',
    tests: doorbell,
  },
  {
    name: 'a ringer looks for a sleeper before it sets its bits (S4 before S3)',
    file: DOORBELL,
    find: '    Atomics.or(words, this.#leaf, this.#leafBit); // S3\n',
    replace:
      '    const parked = Atomics.load(words, PARKED);\n' +
      '    Atomics.or(words, this.#leaf, this.#leafBit); // S3\n' +
      '    if (parked !== 1) {\n' +
      '      Atomics.or(words, this.#summary, this.#summaryBit);\n' +
      '      Atomics.or(words, TOP, this.#topBit);\n' +
      '      return;\n' +
      '    }\n',
    tests: doorbell,
  },
  {
    name: 'one sleeper of the bell is woken where an abandoned one may stand first',
    file: DOORBELL,
    find: 'if (taken === 1) Atomics.notify(words, PARKED); // S5',
    replace: 'if (taken === 1) Atomics.notify(words, PARKED, 1); // S5',
    tests: doorbell,
  },
  {
    name: 'a ringer stops at a summary bit that stands for others (S2 on summary)',
    file: DOORBELL,
    find: 'if ((Atomics.load(words, this.#leaf) & this.#leafBit) !== 0) return; // S2',
    replace: 'if ((Atomics.load(words, this.#summary) & this.#summaryBit) !== 0) return; // S2',
    tests: doorbell,
  },
  {
    name: 'a ringer stops at a leaf word that holds the bits of others',
    file: DOORBELL,
    find: 'if ((Atomics.load(words, this.#leaf) & this.#leafBit) !== 0) return; // S2',
    replace: 'if (Atomics.load(words, this.#leaf) !== 0) return; // S2',
    tests: doorbell,
  },
  {
    name: 'top is set before the leaf',
    file: DOORBELL,
    find:
      '    Atomics.or(words, this.#leaf, this.#leafBit); // S3\n' +
      '    Atomics.or(words, this.#summary, this.#summaryBit); // S3\n' +
      '    Atomics.or(words, TOP, this.#topBit); // S3\n',
    replace:
      '    Atomics.or(words, TOP, this.#topBit); // S3\n' +
      '    Atomics.or(words, this.#summary, this.#summaryBit); // S3\n' +
      '    Atomics.or(words, this.#leaf, this.#leafBit); // S3\n',
    tests: doorbell,
  },
  {
    name: 'the summary is set before the leaf',
    file: DOORBELL,
    find:
      '    Atomics.or(words, this.#leaf, this.#leafBit); // S3\n' +
      '    Atomics.or(words, this.#summary, this.#summaryBit); // S3\n',
    replace:
      '    Atomics.or(words, this.#summary, this.#summaryBit); // S3\n' +
      '    Atomics.or(words, this.#leaf, this.#leafBit); // S3\n',
    tests: doorbell,
  },
  {
    name: 'the executor takes top after a summary below it (E1 upward)',
    file: DOORBELL,
    find: '    let top = Atomics.exchange(words, TOP, 0); // E1\n',
    replace:
      '    const first = 31 - Math.clz32(Atomics.load(words, TOP));\n' +
      '    const early = first < 0 ? 0 : Atomics.exchange(words, SUMMARY + first, 0);\n' +
      '    let top = Atomics.exchange(words, TOP, 0); // E1\n' +
      '    if (early !== 0) Atomics.or(words, SUMMARY + first, early);\n' +
      '    if (early === 0) top = 0;\n',
    tests: doorbell,
  },
  {
    name: 'the executor clears top after it took the leaves',
    file: DOORBELL,
    find: '    return found;\n',
    replace: '    Atomics.store(words, TOP, 0);\n    return found;\n',
    tests: doorbell,
  },
  {
    name: 'the executor reads a leaf and clears it in two steps',
    file: DOORBELL,
    find: 'let leaf = Atomics.exchange(words, LEAF + l, 0); // E1',
    replace:
      'let leaf = Atomics.load(words, LEAF + l);\n' + '        Atomics.store(words, LEAF + l, 0);',
    tests: doorbell,
  },
  {
    name: 'the tail is loaded before the bell is collected (E2 before E1)',
    file: ENDS,
    find: '    const found = this.#rung.collect(this.#slots);\n',
    replace:
      '    for (const service of this.services.values()) service.serve();\n' +
      '    const found = this.#rung.collect(this.#slots) * 0;\n',
    tests: doorbell,
  },
  {
    name: 'the submitter rings before it publishes (S3 before S2)',
    file: ENDS,
    find: '    if (this.#queue.publish() > 0) this.#bell.ring();\n',
    replace: '    if (this.#unpublished > 0) this.#bell.ring();\n    this.#queue.publish();\n',
    tests: doorbell,
  },
];
