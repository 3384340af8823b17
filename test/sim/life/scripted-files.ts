/** A file system whose calls answer when they are told to, and with errors that were chosen. */
import type { Res } from '../../../src/abi/errno.ts';
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import type { KernelCalls, Outcome } from '../../../src/kernel/operation.ts';
import type { Request } from '../../../src/kernel/request.ts';
import { FakeFiles } from '../../unit/ops/fake-files.ts';

/** The tree of FakeFiles, behind a pool that is slow. */
export class ScriptedFiles extends FakeFiles {
  /** What the next calls answer in place of the truth. */
  readonly errors: Res[] = [];
  readonly #underWay: (() => void)[] = [];

  get underWay(): number {
    return this.#underWay.length;
  }

  override answer(name: string, r: Request, k: KernelCalls, call: () => Res): Outcome {
    this.calls.push(name);
    const result = (): Res => this.errors.shift() ?? call();
    if (!this.slow && (r.flags & SQE_FLAG.ASYNC) === 0) return result();
    return k.later(r, (done) => this.#underWay.push(() => done(result())));
  }

  /** The host answers what it was asked first. */
  answerOne(): boolean {
    const first = this.#underWay.shift();
    first?.();
    return first !== undefined;
  }
}
