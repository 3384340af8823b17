/** The table of operations: every row, and the row of each opcode. */
import type { Operation } from '../kernel/operation.ts';
import type { DefinedOperation } from './define.ts';
import { nop } from './nop.ts';
import { timeout } from './timeout.ts';

/** Every operation by the name its prep function carries: `nop` is prepNop. */
export const operations = { nop, timeout } as const satisfies Record<string, DefinedOperation>;

/** The row of each opcode; undefined where there is none. */
export type OperationTable = readonly (Operation | undefined)[];

/** A table of the operations given, ours unless an embedder adds its own. */
export function operationTable(
  rows: readonly Operation[] = Object.values(operations),
): OperationTable {
  const table: (Operation | undefined)[] = new Array(256).fill(undefined);
  for (const row of rows) {
    if (table[row.code] !== undefined) throw new Error(`opcode ${row.code} is taken: ${row.name}`);
    table[row.code] = row;
  }
  return table;
}
