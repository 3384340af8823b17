/** Both ends of a pipe as a test uses and sees them. */
import { POLL } from '../../../../src/abi/poll.ts';
import type { Pipe } from '../../../../src/kernel/ipc/pipe.ts';
import { holding, space, textOf } from './pieces.ts';

const { IN, OUT, ERR, HUP } = POLL;
const SHOWN = IN | OUT | ERR | HUP;

/** Writes a text, or so many bytes: how many, or -errno. */
export const write = ({ writer }: Pipe, content: string | number): number =>
  writer.write(holding(typeof content === 'string' ? content : new Uint8Array(content)));

/** Reads so many bytes: a text, or -errno. */
export function read({ reader }: Pipe, count: number): string | number {
  const into = space(count);
  const res = reader.read(into);
  return res < 0 ? res : textOf(into, res);
}

/** What both ends show: the read end's bits, the write end's. */
export const shown = ({ reader, writer }: Pipe): [number, number] => [
  reader.readiness() & SHOWN,
  writer.readiness() & SHOWN,
];
