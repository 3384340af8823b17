/** The table an executor runs: ours, and the rows of the modules its embedder named. */
import { EMBEDDER_OP_FIRST } from '../abi/opcodes.ts';
import type { Operation } from '../kernel/operation.ts';
import { type OperationTable, operations, operationTable } from '../ops/table.ts';

/** What such a module exports. */
export interface OperationModule {
  readonly operations: readonly Operation[];
}

/** Loads the modules; throws when one takes an opcode below 224, or one that is taken. */
export async function loadOperations(urls: readonly string[]): Promise<OperationTable> {
  const rows: Operation[] = Object.values(operations);
  for (const url of urls) {
    const { operations: added } = (await import(url)) as OperationModule;
    for (const row of added) {
      if (row.code < EMBEDDER_OP_FIRST || row.code > 255)
        throw new Error(`${row.name}: opcode ${row.code} is not in 224..255`);
      rows.push(row);
    }
  }
  return operationTable(rows);
}
