/** What is still to be walked of a path: its own text, and those of symlinks put in its place. */
import { endOfName, type NameKind, nameKind, SLASH, skipSlashes } from './names.ts';

const NOTHING = new Uint8Array(0);

/** A stack of texts; the one on top is walked first. */
export class Remainder {
  readonly #texts: Uint8Array[] = [];
  /** From where each is still to be walked. */
  readonly #ats: number[] = [];
  /** The name that is looked at: text[start, end). */
  text: Uint8Array = NOTHING;
  start = 0;
  end = 0;

  /** Nothing is left. */
  clear(): void {
    this.#texts.length = 0;
    this.#ats.length = 0;
  }

  /** text[from, ...) is walked before the rest. */
  put(text: Uint8Array, from: number): void {
    this.#texts.push(text);
    this.#ats.push(from);
  }

  /** The name that is looked at is walked once more. */
  repeat(): void {
    this.put(this.name, 0);
  }

  /** Looks at text[start, end), whatever is left. */
  look(text: Uint8Array, start: number, end: number): void {
    this.text = text;
    this.start = start;
    this.end = end;
  }

  /** Looks at the next name; false when there is none. */
  next(): boolean {
    for (let depth = this.#texts.length - 1; depth >= 0; depth--) {
      const text = this.#texts[depth]!;
      const start = skipSlashes(text, this.#ats[depth]!);
      if (start < text.length) {
        this.look(text, start, endOfName(text, start));
        this.#ats[depth] = this.end;
        return true;
      }
      this.#texts.length = depth;
      this.#ats.length = depth;
    }
    return false;
  }

  get name(): Uint8Array {
    return this.text.subarray(this.start, this.end);
  }

  get kind(): NameKind {
    return nameKind(this.text, this.start, this.end);
  }

  /** Whether no name is left after this one. */
  get isLast(): boolean {
    for (let depth = this.#texts.length - 1; depth >= 0; depth--) {
      const text = this.#texts[depth]!;
      if (skipSlashes(text, this.#ats[depth]!) < text.length) return false;
    }
    return true;
  }

  /** Whether a slash comes next. */
  get hasSlash(): boolean {
    for (let depth = this.#texts.length - 1; depth >= 0; depth--) {
      const next = this.#texts[depth]![this.#ats[depth]!];
      if (next !== undefined) return next === SLASH;
    }
    return false;
  }

  /** `names`, and behind them what is left. */
  after(names: Uint8Array): Uint8Array {
    const parts = [names];
    for (let depth = this.#texts.length - 1; depth >= 0; depth--)
      parts.push(this.#texts[depth]!.subarray(this.#ats[depth]!));
    const path = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      path.set(part, at);
      at += part.length;
    }
    return path;
  }
}
