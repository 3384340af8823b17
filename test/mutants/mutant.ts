/** What a mutant is: one textual patch, and the tests of which at least one must fail with it. */
export interface Mutant {
  /** What the mutated code does wrong, in the words of the protocol. */
  readonly name: string;
  /** The patched file, from the root of the repository. */
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Deterministic tests, quickest first. */
  readonly tests: readonly string[];
}
