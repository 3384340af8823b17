/** Registered files: a table of so many slots, filled from the first on. */
import { fail, type Res } from '../../../src/abi/errno.ts';
import { FILE_INDEX_ALLOC } from '../../../src/abi/register.ts';
import type { OpenFile } from '../../../src/kernel/open-file.ts';
import { NO_FILES, type RegisteredFiles } from '../../../src/kernel/resources.ts';

/** What a test looks at, too. */
export interface FakeSlots extends RegisteredFiles {
  readonly slots: (OpenFile | undefined)[];
}

/** A table of `count` empty slots. */
export function fakeSlots(count: number): FakeSlots {
  const slots = new Array<OpenFile | undefined>(count).fill(undefined);
  return {
    ...NO_FILES,
    slots,
    get: (slot) => slots[slot],
    install(open, fileIndex): Res {
      const isAny = fileIndex === FILE_INDEX_ALLOC;
      const slot = isAny ? slots.indexOf(undefined) : (fileIndex >>> 0) - 1;
      if (slot < 0) return fail('ENFILE');
      if (slot >= count) return fail('EINVAL');
      slots[slot]?.drop();
      slots[slot] = open;
      return isAny ? slot : 0;
    },
    remove(slot): Res {
      slots[slot]?.drop();
      slots[slot] = undefined;
      return 0;
    },
  };
}
