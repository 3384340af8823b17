/** The maker of layout descriptors: byte offsets in, word indices out, proved at load. */

/** Throws when a layout contradicts itself; runs once, while its module loads. */
export function prove(condition: boolean, law: string): asserts condition {
  if (!condition) throw new Error(`layout: ${law}`);
}

/**
 * Turns byte offsets into Int32Array indices, and proves that no two fields overlap or leave the
 * record.
 */
export function words<const T extends Record<string, number>>(
  sizeBytes: number,
  byteOffsets: T,
): { readonly [K in keyof T]: number } {
  const offsets = Object.values(byteOffsets);
  prove(new Set(offsets).size === offsets.length, 'fields do not overlap');
  prove(
    offsets.every((at) => at % 4 === 0 && at >= 0 && at < sizeBytes),
    'fields are aligned words inside the record',
  );
  return Object.fromEntries(Object.entries(byteOffsets).map(([name, at]) => [name, at / 4])) as {
    [K in keyof T]: number;
  };
}
