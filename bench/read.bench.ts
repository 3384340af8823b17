/** Question: what does a read of 4 KiB of an open file cost, 64 in flight? */
import { closeSync, constants, openSync, read, readSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { open as openUring } from '../src/doors/open.ts';
import { IoUringManager } from '../src/index.ts';
import type { Context, Question } from './harness.ts';
import { makeFolder, FILE_BYTES as PAGE_BYTES, weigh } from './workers/files.ts';
import { inFlight } from './workers/in-flight.ts';
import { openOn } from './workers/open-on.ts';
import { Race } from './workers/race.ts';
import { SlotFlight } from './workers/slot-flight.ts';

/** Pages of the file, as the native baseline has them. */
const PAGES = 256;
const WINDOW = 64;
/** Reads of a full round: about as many milliseconds for each contender. */
const RING_READS = 200_000;
const NATIVE_READS = 400_000;
const NODE_READS = 20_000;

const RING = 'Ring';
const HANDLE = 'FileHandle.read';
const CALLBACK = 'fs.read';
const NATIVE = 'native io_uring';

/** Where read `index` begins. */
const offsetOf = (index: number): number => (index % PAGES) * PAGE_BYTES;

/** A file whose page p is filled with p, and what `total` reads of it weigh. */
function makeFile(context: Context): { path: string; weightOf: (total: number) => number } {
  const bytes = Buffer.alloc(PAGES * PAGE_BYTES);
  for (let page = 0; page < PAGES; page++)
    bytes.fill(page, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
  const path = join(makeFolder(context), 'pages');
  writeFileSync(path, bytes);
  const weightOf = (total: number): number => {
    let weight = 0;
    for (let i = 0; i < total; i++)
      weight += weigh(bytes.subarray(offsetOf(i), offsetOf(i) + PAGE_BYTES));
    return weight;
  };
  return { path, weightOf };
}

/** Reads through a ring, into memory of the process. */
async function ringReads(context: Context, path: string): Promise<(total: number) => number> {
  const manager = new IoUringManager();
  context.defer(() => manager.close());
  await manager.ready;
  const ring = manager.createRing(1, { sqEntries: WINDOW });
  const fd = openOn(ring, path, constants.O_RDONLY);
  const flight = new SlotFlight(ring, WINDOW);
  const prepare = (sqe: number, slot: number, index: number): void =>
    ring.prepRead(sqe, fd, slot, PAGE_BYTES, offsetOf(index));
  return (total) => flight.fly({ total, prepare });
}

const buffers = Array.from({ length: WINDOW }, () => Buffer.alloc(PAGE_BYTES));

/** Reads through a FileHandle of node:fs, or one of ours. */
function handleReads(file: Pick<FileHandle, 'read'>, total: number): Promise<number> {
  return inFlight({ total, window: WINDOW }, async (index, lane) => {
    const buffer = buffers[lane]!;
    const { bytesRead } = await file.read(buffer, 0, PAGE_BYTES, offsetOf(index));
    return weigh(buffer, bytesRead);
  });
}

/** The same through callbacks. */
const callbackReads = (fd: number, total: number): Promise<number> =>
  new Promise((resolve, reject) => {
    let sent = 0;
    let landed = 0;
    let weight = 0;
    const send = (buffer: Buffer): void => {
      if (sent === total) return;
      read(fd, buffer, 0, PAGE_BYTES, offsetOf(sent++), (error, bytesRead) => {
        if (error !== null) return reject(error);
        weight += weigh(buffer, bytesRead);
        if (++landed === total) resolve(weight);
        else send(buffer);
      });
    };
    for (const buffer of buffers) send(buffer);
  });

function syncReads(fd: number, total: number): number {
  const buffer = buffers[0]!;
  let weight = 0;
  for (let i = 0; i < total; i++)
    weight += weigh(buffer, readSync(fd, buffer, 0, PAGE_BYTES, offsetOf(i)));
  return weight;
}

async function run(context: Context): Promise<void> {
  const { path, weightOf } = makeFile(context);
  const ring = await ringReads(context, path);
  const uring = await openUring();
  context.defer(() => uring.close());
  const ours = await uring.open(path);
  const handle = await open(path);
  context.defer(() => handle.close());
  const fd = openSync(path, constants.O_RDONLY);
  context.defer(() => closeSync(fd));
  const many = context.count(RING_READS);
  const few = context.count(NODE_READS);
  const race = new Race(context, { total: few, expected: weightOf(few) });
  const more = { total: many, expected: weightOf(many) };
  const native = { window: WINDOW, total: context.count(NATIVE_READS) };
  const comparison = await context.interleave([
    race.contender(RING, () => ring(many), more),
    race.contender(HANDLE, () => handleReads(handle, few)),
    race.contender(CALLBACK, () => callbackReads(fd, few)),
    context.native?.contender(NATIVE, 'read', native),
    race.contender('FileHandle.read of Uring', () => handleReads(ours, few)),
    race.contender('readSync', () => syncReads(fd, many), more),
    context.native?.contender('C, pread', 'pread', { total: native.total }),
  ]);
  context.table(`READ of 4 KiB of an open file, ${WINDOW} in flight`, comparison);
  const faster = (rival: string): string => `${RING}, times as fast as ${rival}`;
  context.bar({
    name: faster(HANDLE),
    value: comparison.speedup(RING, HANDLE),
    min: 6,
    stretch: 10,
  });
  context.bar({
    name: faster(CALLBACK),
    value: comparison.speedup(RING, CALLBACK),
    min: 3,
    stretch: 5,
  });
  context.bar({
    name: `${RING} / ${NATIVE}`,
    value: comparison.ratio(RING, NATIVE),
    max: 3,
    stretch: 2,
  });
}

export const question: Question = {
  name: 'read',
  asks: 'what does a read of 4 KiB of an open file cost, 64 in flight?',
  readsAs: 'readSync is what the host takes; the ring adds two queues, the rivals an event loop.',
  run,
};
