/**
 * Goal: an inline kernel lets go of the files of requests whose ring ended.
 * Method: an operation that waits for a turn and holds a file that counts its holds.
 */
import { expect, it } from 'vitest';
import { SQE } from '../../../src/abi/layout.ts';
import { createInlineRing } from '../../../src/client/inline-ring.ts';
import { InlineKernel } from '../../../src/executor/inline.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import { Process } from '../../../src/kernel/process.ts';
import { op } from '../../../src/ops/define.ts';
import { operationTable } from '../../../src/ops/table.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';

it('drops what a request held that waited for a turn when its process exits', () => {
  let dropped = 0;
  const file = { drop: () => dropped++ } as never;
  const waits = op({
    code: 224,
    name: 'WAITS',
    does: 'x',
    encode: () => {},
    run: (r, k) => {
      r.file = file;
      return k.again(r, 0);
    },
  });
  const kernel = new InlineKernel({
    clock: new VirtualClock(),
    report: () => {},
    table: operationTable([waits]),
    rows: 64,
  });
  const process = new Process(1, ProcessMemory.reserve(1 << 14));
  const ring = createInlineRing(kernel, process, 8);
  const sqe = ring.getSqe();
  ring.words[sqe + SQE.head] = 224;
  ring.submit();
  kernel.exit(process);
  expect(dropped).toBe(1);
});
