/** An inline kernel in virtual time, with one ring and a pipe, and entries written by hand. */
import { POLL } from '../../../src/abi/poll.ts';
import { createInlineRing, type InlineRingParams } from '../../../src/client/inline-ring.ts';
import { InlineKernel } from '../../../src/executor/inline.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import { Pipe } from '../../../src/kernel/ipc/pipe.ts';
import { Process } from '../../../src/kernel/process.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';

const NS = 1e6;
/** What a LINK_TIMEOUT waits for. */
export const TIME_AT = 4096;

export function world(
  params: InlineRingParams = {},
  clock: VirtualClock = new VirtualClock({ startNs: 1e12 }),
) {
  const report = (error: unknown) => {
    throw error;
  };
  const kernel = new InlineKernel({ clock, report, rows: 64 });
  const process = new Process(1, ProcessMemory.reserve(1 << 16));
  const ring = createInlineRing(kernel, process, 16, params);
  const pipe = new Pipe(0);
  const fd = process.descriptors.install(pipe.reader);
  process.memory.setU64(TIME_AT + 8, NS);
  const last = { userData: 0 };
  /** Writes one entry; its user_data counts from 1. */
  const put = (write: (sqe: number) => void, flags = 0): void => {
    const sqe = ring.getSqe();
    write(sqe);
    ring.sqeSetFlags(sqe, flags);
    ring.sqeSetData(sqe, ++last.userData);
  };
  const reap = (): [number, number][] => {
    const found: [number, number][] = [];
    const count = ring.forEachCqe((cqe) => found.push([ring.cqeGetData(cqe), ring.cqeRes(cqe)]));
    ring.cqAdvance(count);
    return found;
  };
  const nop = (sqe: number): void => ring.prepNop(sqe);
  const poll = (sqe: number): void => ring.prepPollAdd(sqe, fd, POLL.IN);
  const linkTimeout = (sqe: number): void => ring.prepLinkTimeout(sqe, TIME_AT, 0);
  return { clock, kernel, process, ring, pipe, put, reap, nop, poll, linkTimeout };
}
