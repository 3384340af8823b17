/** Copies files: COPY_FILE, with the permission bits of the source for a new file. */
import { S_IF } from '../abi/files.ts';
import { KernelError } from '../client/error.ts';
import { copyModeError, FileError } from './errors.ts';
import type { Lanes } from './lanes.ts';
import type { Path } from './path.ts';
import { copyFile as copying, PathCall, stat, TwoPathCall } from './path-calls.ts';

/** COPYFILE_EXCL, COPYFILE_FICLONE and COPYFILE_FICLONE_FORCE of node:fs. */
const FLAGS_MAX = 7;

/** Copies the file at `from` to `to`; `flags` are those of node:fs. */
export function copyFile(lanes: Lanes, from: Path, to: Path, flags: number): Promise<void> {
  if (!Number.isInteger(flags) || flags < 0 || flags > FLAGS_MAX) throw copyModeError(FLAGS_MAX);
  return lanes.job(async () => {
    const { mode } = await lanes.start(new PathCall(stat, from)).catch((error: unknown) => {
      if (!(error instanceof KernelError)) throw error;
      throw new FileError(error.errno, copying.syscall, from.given, to.given);
    });
    await lanes.start(new TwoPathCall(copying, from, to, { flags, mode: mode & ~S_IF.FMT }));
  });
}
