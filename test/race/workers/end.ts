/** Runs one end of a race in a thread of its own; the roles are those of the model tests. */
import { parentPort, workerData } from 'node:worker_threads';
import { viewRegion } from '../../../src/ring/region.ts';
import { Executor, Reaper, Submitter } from '../../model/explorer/ends.ts';
import type { EndTask } from '../arena.ts';

/** The i-th value: every one differs from its neighbours, across both halves of an int32. */
const valueAt = (i: number): number => i + 1;

/** Batches of 1 to 4, so that the ring is found empty, part full and full. */
const batchAt = (i: number): number => 1 + ((i * 7) & 3);

function submit({ rings, doorbell, count }: EndTask): void {
  const [ring] = rings;
  const line = { region: viewRegion(ring!.handle), doorbell, slot: ring!.slot };
  const submitter = new Submitter(line);
  for (let i = 0, batch = 0; i < count; batch++) {
    for (let n = batchAt(batch); n > 0 && i < count; n--) submitter.put(valueAt(i++));
    submitter.flush();
  }
}

function reap({ rings, doorbell, count }: EndTask): void {
  const [ring] = rings;
  const region = viewRegion(ring!.handle);
  const reaper = new Reaper({ region, doorbell, slot: ring!.slot });
  const expected = { at: (i: number) => valueAt(i) };
  for (let from = 0, batch = 0; from < count; batch++) {
    reaper.sleep(Math.min(batchAt(batch), count - from), 0);
    from += reaper.take(expected, from);
  }
}

function execute({ rings, doorbell, board, firstIndex, count }: EndTask): void {
  const floor = {
    doorbell,
    board,
    rings: new Map(
      rings.map(({ handle, slot }) => [slot, { region: viewRegion(handle), firstIndex }]),
    ),
  };
  new Executor(floor).run(count * rings.length);
}

const task = workerData as EndTask;
if (task.role === 'submitter') submit(task);
else if (task.role === 'reaper') reap(task);
else execute(task);
parentPort?.postMessage('done');
