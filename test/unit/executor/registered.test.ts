/**
 * Goal: what a request in flight uses of its ring's tables stays until it ended, and the tag of it
 *       follows its CQE; what a ring has registered ends with it (SEMANTICS K2, K8, V1).
 * Method: a pipe on an inline kernel, in virtual time.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { CQE_FLAG, SQE_FLAG } from '../../../src/abi/flags.ts';
import { SQE } from '../../../src/abi/layout.ts';
import { REGISTER } from '../../../src/abi/register.ts';
import { createInlineRing } from '../../../src/client/inline-ring.ts';
import { InlineKernel } from '../../../src/executor/inline.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import { Pipe } from '../../../src/kernel/ipc/pipe.ts';
import { Process } from '../../../src/kernel/process.ts';
import { Segments } from '../../../src/kernel/segments.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';

const [RECORD, LIST, TAGS, DATA] = [4096, 4352, 4608, 8192];

function world() {
  const clock = new VirtualClock({ startNs: 1e12 });
  const report = (error: unknown) => {
    throw error;
  };
  const kernel = new InlineKernel({ clock, report, rows: 64 });
  const process = new Process(1, ProcessMemory.reserve(1 << 16));
  const { memory, descriptors } = process;
  const ring = createInlineRing(kernel, process, 8);
  const pipe = new Pipe(0);
  const fd = descriptors.install(pipe.reader);
  const register = (number: number, addr: number, count: number) =>
    kernel.register(process, ring.fd, { number, addrLow: addr, addrHigh: 0, count });
  /** struct io_uring_rsrc_register of one resource with tag 100. */
  const record = (file: number) => {
    memory.setU64(LIST, file);
    memory.setU64(TAGS, 100);
    memory.setU64(RECORD, 1);
    memory.setU64(RECORD + 16, LIST);
    memory.setU64(RECORD + 24, TAGS);
  };
  const read = (userData: number, flags: number) => {
    const sqe = ring.getSqe();
    const at = (flags & SQE_FLAG.FIXED_FILE) !== 0 ? 0 : fd;
    ring.prepRead(sqe, at, DATA, 8, 0);
    ring.sqeSetFlags(sqe, flags);
    ring.sqeSetData(sqe, userData);
    ring.submit();
  };
  /** Bytes come through the pipe. */
  const write = (text: string) => {
    const segments = new Segments();
    const bytes = Buffer.from(text);
    segments.reset(bytes);
    segments.add(0, bytes.length);
    pipe.writer.write(segments);
    kernel.turn();
  };
  const reap = () => {
    kernel.turn();
    const found: number[][] = [];
    const count = ring.forEachCqe((cqe) =>
      found.push([ring.cqeGetData(cqe), ring.cqeRes(cqe), ring.cqeFlags(cqe)]),
    );
    ring.cqAdvance(count);
    return found;
  };
  return { kernel, process, ring, pipe, fd, register, record, read, write, reap };
}

describe('a tagged file', () => {
  it('that a request uses has its tag posted behind the CQE of that request', () => {
    const { fd, record, register, read, write, reap } = world();
    record(fd);
    expect(register(REGISTER.FILES2, RECORD, 32)).toBe(0);
    read(1, SQE_FLAG.FIXED_FILE);
    expect(register(REGISTER.UNREGISTER_FILES, 0, 0)).toBe(0);
    read(2, SQE_FLAG.FIXED_FILE);
    expect(reap()).toEqual([[2, fail('EBADF'), 0]]);
    write('abc');
    expect(reap()).toEqual([
      [1, 3, 0],
      [100, 0, 0],
    ]);
  });

  it('that nobody uses has it posted at once', () => {
    const { fd, record, register, read, write, reap } = world();
    record(fd);
    register(REGISTER.FILES2, RECORD, 32);
    read(1, 0); // by its descriptor, not by its slot
    register(REGISTER.UNREGISTER_FILES, 0, 0);
    expect(reap()).toEqual([[100, 0, 0]]);
    write('abc');
    expect(reap()).toEqual([[1, 3, 0]]);
  });
});

describe('a ring that ends', () => {
  it('lets go of its files, those that its requests use as well', () => {
    const { kernel, process, ring, pipe, fd, record, register, read, write } = world();
    record(fd);
    register(REGISTER.FILES2, RECORD, 32);
    read(1, SQE_FLAG.FIXED_FILE);
    kernel.close(process, ring.fd);
    process.descriptors.close(fd);
    const segments = new Segments();
    segments.reset(Buffer.from('x'));
    segments.add(0, 1);
    expect(pipe.writer.write(segments)).toBe(fail('EPIPE')); // nobody reads any more
    expect(() => write('x')).not.toThrow();
  });
});

describe('a selected buffer', () => {
  it('is taken when bytes come, not while a request waits', () => {
    const { ring, fd, reap, write } = world();
    const select = (userData: number) => {
      const sqe = ring.getSqe();
      ring.prepRead(sqe, fd, 0, 0, 0);
      ring.sqeSetFlags(sqe, SQE_FLAG.BUFFER_SELECT);
      ring.words[sqe + SQE.bufPersonality] = 7;
      ring.sqeSetData(sqe, userData);
      ring.submit();
    };
    const provide = ring.getSqe();
    ring.prepProvideBuffers(provide, DATA, 8, 1, 7, 5);
    ring.sqeSetData(provide, 9);
    select(1);
    expect(reap()).toEqual([[9, 0, 0]]);
    write('abc');
    expect(reap()).toEqual([[1, 3, CQE_FLAG.BUFFER | (5 << 16)]]);
    select(2);
    expect(reap()).toEqual([[2, fail('ENOBUFS'), 0]]);
  });
});
