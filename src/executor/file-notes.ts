/** Notes of the open files of a process, and how a successor opens them again. */
import { fail, type Res } from '../abi/errno.ts';
import type { DescriptorNotes } from '../kernel/descriptors.ts';
import type { OpenFile } from '../kernel/file-system.ts';
import type { Process } from '../kernel/process.ts';
import { type FileState, HostFile } from '../kernel/vfs/host-file.ts';
import { type FileRow, type FileRows, NO_FILE_ROW } from '../ring/file-rows.ts';

/** 64 bits that tell a process from all others of a kernel. */
export interface ProcessMark {
  readonly low: number;
  readonly high: number;
}

/** The mark of a process that is named by a text (FNV-1a, from two starts). */
export function markOf(key: string): ProcessMark {
  const hash = (start: number): number => {
    let sum = start;
    for (let i = 0; i < key.length; i++) sum = Math.imul(sum ^ key.charCodeAt(i), 0x01000193);
    return sum;
  };
  return { low: hash(0x811c9dc5 | 0), high: hash(0x050c5d1f) };
}

/** Writes the rows of one process. Rings are known to the supervisor, and have none. */
export class FileNotes implements DescriptorNotes {
  readonly #rows: FileRows;
  readonly #mark: ProcessMark;
  readonly #rowOf = new Map<HostFile, number>();

  constructor(rows: FileRows, mark: ProcessMark) {
    this.#rows = rows;
    this.#mark = mark;
  }

  opened(fd: number, open: OpenFile): Res {
    if (!(open instanceof HostFile)) return 0;
    const { low: processLow, high: processHigh } = this.#mark;
    const { mount, hostFd, flags, isDirectory, position, dev, ino } = open;
    const file = { mount, hostFd, flags, isDirectory, position, dev, ino };
    const row = this.#rows.open({ processLow, processHigh, fd, ...file });
    if (row === NO_FILE_ROW) return fail('ENFILE');
    this.#adopt(open, row);
    return 0;
  }

  closed(open: OpenFile): void {
    if (!(open instanceof HostFile)) return;
    const row = this.#rowOf.get(open);
    if (row === undefined) return;
    open.onMove = undefined;
    this.#rowOf.delete(open);
    this.#rows.close(row);
  }

  /** A file that a predecessor noted in `row` is open again. */
  revived(open: HostFile, row: number): void {
    this.#adopt(open, row);
  }

  #adopt(open: HostFile, row: number): void {
    this.#rowOf.set(open, row);
    open.onMove = (position) => this.#rows.move(row, position);
  }
}

/** Who can make a file again of what was noted. */
export interface FileReviver {
  revive(state: FileState): HostFile | undefined;
}

/** A process and its notes. */
export interface NotedProcess {
  readonly process: Process;
  readonly notes: FileNotes;
}

/**
 * Opens what a dead executor's processes had open, under the same numbers. Files of processes that
 * are gone are closed; those that the host closed with the thread are EBADF from now on.
 */
export function reviveFiles(
  rows: FileRows,
  files: FileReviver,
  find: (mark: ProcessMark) => NotedProcess | undefined,
): void {
  rows.forEach((state: FileRow, row: number) => {
    const owner = find({ low: state.processLow, high: state.processHigh });
    const file = files.revive(state);
    if (owner === undefined || file === undefined) {
      rows.close(row); // F4, then F5
      file?.drop();
      return;
    }
    owner.notes.revived(file, row);
    owner.process.descriptors.installAt(state.fd, file);
  });
}
