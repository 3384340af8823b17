/** What the programs of the life-cycle simulation work on, and who holds it. */
import { O } from '../../../src/abi/files.ts';
import { AF, SOCK } from '../../../src/abi/net.ts';
import type { InlineKernel } from '../../../src/executor/inline.ts';
import { EventFd } from '../../../src/kernel/ipc/eventfd.ts';
import { Pipe } from '../../../src/kernel/ipc/pipe.ts';
import type { OpenFile } from '../../../src/kernel/open-file.ts';
import type { Process } from '../../../src/kernel/process.ts';
import { Segments } from '../../../src/kernel/segments.ts';
import { OBJECTS, REGISTERED } from './program.ts';
import type { ScriptedFiles } from './scripted-files.ts';

/** An open file, and how many hold it. */
export interface Held {
  readonly file: OpenFile;
  readonly fd: number;
  holds: number;
  isClosed: boolean;
}

/** Counts the holders of a file that nobody but its maker holds yet. */
function counted(file: OpenFile, process: Process): Held {
  const held = { file, fd: process.descriptors.install(file), holds: 1, isClosed: false };
  const [hold, drop] = [file.hold.bind(file), file.drop.bind(file)];
  file.hold = () => {
    held.holds++;
    hold();
  };
  file.drop = () => {
    held.holds--;
    drop();
  };
  return held;
}

/** Two pipes, a pair of sockets, an eventfd and a file. */
export class Objects {
  readonly pipes = [new Pipe(0), new Pipe(0)] as const;
  readonly all: readonly Held[];

  constructor(kernel: InlineKernel, process: Process, files: ScriptedFiles) {
    const kind = { domain: AF.UNIX, type: SOCK.STREAM, protocol: 0, isNonBlocking: false };
    const pair = kernel.machine.net.pair(kind);
    if (typeof pair === 'number') throw new Error('there are no socket pairs');
    files.add('/f', { bytes: 'a file of some bytes' });
    const [one, two] = this.pipes;
    const made = [one.reader, one.writer, two.reader, two.writer, ...pair, new EventFd(0, 0)];
    this.all = [...made, files.openNow('/f', O.RDWR)].map((file) => counted(file, process));
    if (this.all.length !== OBJECTS.length) throw new Error('an object has no name');
  }

  /** Somebody else writes to a pipe; how many bytes it took. */
  pour(pipe: number, length: number): number {
    const segments = new Segments();
    segments.reset(new Uint8Array(length));
    segments.add(0, length);
    return Math.max(0, this.pipes[pipe % this.pipes.length]!.writer.write(segments));
  }

  /** Somebody else reads from one. */
  drink(pipe: number, length: number): number {
    const segments = new Segments();
    segments.reset(new Uint8Array(length));
    segments.add(0, length);
    return Math.max(0, this.pipes[pipe % this.pipes.length]!.reader.read(segments));
  }

  close(process: Process, index: number): void {
    const held = this.all[index % this.all.length]!;
    if (process.descriptors.get(held.fd) === held.file) process.descriptors.close(held.fd);
  }

  /** What waits in queues of theirs, and holds that no descriptor or slot explains. */
  leaks(process: Process, slots: number): string[] {
    return this.all.flatMap(({ file, fd, holds }, i) => {
      const found: string[] = [];
      const expected =
        (process.descriptors.get(fd) === file ? 1 : 0) + (isRegistered(i) ? slots : 0);
      if (holds !== expected) found.push(`${OBJECTS[i]}: ${holds} holds, not ${expected}`);
      if (file.pollable?.waiters.isEmpty === false) found.push(`${OBJECTS[i]}: somebody waits`);
      return found;
    });
  }
}

const isRegistered = (index: number): boolean => index < REGISTERED;
