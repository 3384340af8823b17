/**
 * Goal: an interval fires as often as it was asked to, tells how often it fired, and ends with its
 *       loop; sleeping takes the time it was told, and deadlines and aborts end waits.
 * Method: short intervals on every kernel; only what must be true of any clock is expected.
 */
import { describe, expect, it } from 'vitest';
import { KERNELS, sharedGround } from './kernels.ts';

describe.each(KERNELS)('intervals on $kind', ({ options }) => {
  const ground = sharedGround(options);

  it('count their firings, and end when there were enough', async () => {
    const seen: number[] = [];
    for await (const firings of ground.uring.interval(1, { count: 5 })) seen.push(firings);
    expect(seen.at(-1)).toBe(5);
    expect(seen.every((firings, i) => i === 0 || firings > (seen[i - 1] ?? 0))).toBe(true);
  });

  it('end with their loop, and leave nothing in flight', async () => {
    const { uring } = ground;
    let last = 0;
    for await (const firings of uring.interval(1)) {
      last = firings;
      if (firings >= 3) break;
    }
    expect(last).toBeGreaterThanOrEqual(3);
    expect(uring.stats().lanes.every(({ inFlight }) => inFlight === 0)).toBe(true);
    expect(uring.stats().usedBytes).toBe(0);
  });

  it('let other calls and the event loop go on', async () => {
    const { uring } = ground;
    await using ticks = uring.interval(2);
    const first = ticks.next();
    await Promise.all(Array.from({ length: 20 }, () => uring.stat('.')));
    await new Promise((resolve) => setImmediate(resolve));
    expect((await first).value).toBeGreaterThan(0);
  });

  it('end with a signal', async () => {
    const { uring } = ground;
    const controller = new AbortController();
    const ticks = uring.interval(60_000, { signal: controller.signal });
    const waiting = ticks.next();
    await uring.stat('.');
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(await ticks.next()).toEqual({ done: true, value: undefined });
    const gone = uring.interval(1, { signal: AbortSignal.abort() });
    await expect(gone.next()).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('sleep no shorter than they were told', async () => {
    const before = performance.now();
    await ground.uring.sleep(5);
    expect(performance.now() - before).toBeGreaterThanOrEqual(4.5);
    const signal = AbortSignal.abort();
    await expect(ground.uring.sleep(60_000, { signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('refuse what is no time', () => {
    for (const ms of [0, -1, 1.5, 2 ** 31])
      expect(() => ground.uring.interval(ms)).toThrow(RangeError);
    expect(() => ground.uring.interval(1, { count: 0 })).toThrow(RangeError);
  });
});
