/** Keeps asynchronous operations in flight by lanes: each begins its next one when one ended. */

/** Runs operation 0, 1, ... `total - 1`, at most `window` at once; the sum of what they return. */
export async function inFlight(
  { total, window }: { readonly total: number; readonly window: number },
  operate: (index: number, lane: number) => Promise<number>,
): Promise<number> {
  let next = 0;
  let sum = 0;
  const run = async (lane: number): Promise<void> => {
    while (next < total) {
      // Not `sum += await`: that would add to what the sum was before it waited.
      const result = await operate(next++, lane);
      sum += result;
    }
  };
  await Promise.all(Array.from({ length: window }, (_, lane) => run(lane)));
  return sum;
}
