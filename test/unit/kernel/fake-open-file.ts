/** An open file of a kind of its own, which counts its holders. */
import type { Channel, OpenFile } from '../../../src/kernel/open-file.ts';

/** Bytes would stream through it. */
export class FakeOpenFile implements OpenFile {
  readonly channel = {} as Channel;
  holds = 1;

  hold(): void {
    this.holds++;
  }

  drop(): void {
    if (--this.holds < 0) throw new Error('dropped more often than held');
  }
}
