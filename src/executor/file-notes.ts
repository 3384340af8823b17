/** Notes of the open files of a process, and how a successor opens them again. */
import { fail, type Res } from '../abi/errno.ts';
import type { DescriptorNotes } from '../kernel/descriptors.ts';
import type { OpenFile } from '../kernel/open-file.ts';
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

/** Numbers the rows of one process's files. Rings are known to the supervisor, and have none. */
export class FileNotes implements DescriptorNotes {
  readonly #rows: FileRows;
  readonly #mark: ProcessMark;

  /** `rows`: those that the files of the process are held in (Mounts). */
  constructor(rows: FileRows, mark: ProcessMark) {
    this.#rows = rows;
    this.#mark = mark;
  }

  opened(fd: number, open: OpenFile): Res {
    if (!(open instanceof HostFile)) return 0;
    if (open.row === NO_FILE_ROW) return fail('ENFILE');
    const { low: processLow, high: processHigh } = this.#mark;
    const { row, flags, isDirectory, position } = open;
    this.#rows.open(row, { processLow, processHigh, fd, flags, isDirectory, position });
    return 0;
  }

  closed(open: OpenFile): void {
    if (open instanceof HostFile) this.#rows.close(open.row);
  }
}

/** Who can make a file again of what was noted in a row, and lets go of that row with it. */
export interface FileReviver {
  revive(state: FileState, row: number): HostFile | undefined;
}

/** A process and its notes. */
export interface NotedProcess {
  readonly process: Process;
  readonly notes: FileNotes;
}

/** What reviveFiles() must know beside the rows. */
export interface Revival {
  /** The process with a mark; undefined when it is gone. */
  readonly find: (mark: ProcessMark) => NotedProcess | undefined;
  /** Whether the host left the files of the dead thread open: else only known ones are trusted. */
  readonly hostKeepsFiles: boolean;
}

/**
 * Opens what a dead executor's processes had open, under the same numbers. Files that only its
 * requests used are closed, and those of processes that are gone; what is another file's by now is
 * forgotten, and EBADF from now on.
 */
export function reviveFiles(
  rows: FileRows,
  files: FileReviver,
  { find, hostKeepsFiles }: Revival,
): void {
  rows.forEach((noted: FileRow, row: number) => {
    const mark = { low: noted.processLow, high: noted.processHigh };
    const owner = noted.isNumbered ? find(mark) : undefined;
    const isOurs = noted.ino !== 0 || hostKeepsFiles;
    const file = isOurs ? files.revive(noted, row) : undefined;
    if (file === undefined) rows.free(row);
    else if (owner === undefined)
      file.drop(); // F8, F9
    else owner.process.descriptors.installAt(noted.fd, file);
  });
}
