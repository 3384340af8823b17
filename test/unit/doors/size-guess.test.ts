/**
 * Goal: the guess has room for nearly all files of a tree, and shrinks again after large ones.
 * Method: sequences of sizes.
 */
import { describe, expect, it } from 'vitest';
import { SizeGuess } from '../../../src/doors/size-guess.ts';

/** The guess after `count` files of `size` bytes. */
const guessAfter = (guess: SizeGuess, size: number, count: number): number => {
  for (let i = 0; i < count; i++) guess.learn(size);
  return guess.bytes;
};

describe('the guess of a size', () => {
  it('has room for a file like the last one at once', () => {
    const guess = new SizeGuess(1 << 20);
    expect(guessAfter(guess, 100_000, 1)).toBeGreaterThan(100_000);
  });

  it('comes down to small files slowly', () => {
    const guess = new SizeGuess(1 << 20);
    const large = guessAfter(guess, 100_000, 1);
    expect(guessAfter(guess, 1000, 10)).toBeGreaterThan(large / 2);
    expect(guessAfter(guess, 1000, 1000)).toBeLessThan(6000);
  });

  it('keeps within its limits', () => {
    expect(guessAfter(new SizeGuess(1 << 20), 2 ** 31 - 1, 1)).toBe(256 * 1024);
    expect(guessAfter(new SizeGuess(10_000), 2 ** 31 - 1, 1)).toBe(10_000);
    expect(guessAfter(new SizeGuess(1 << 20), 0, 2000)).toBeGreaterThanOrEqual(4096);
  });

  it('misses less than one file in fifty of a mixed tree', () => {
    const guess = new SizeGuess(1 << 20);
    let missed = 0;
    for (let i = 0; i < 5000; i++) {
      const size = (i * 7919) % 60_000;
      if (size > guess.bytes) missed++;
      guess.learn(size);
    }
    expect(missed).toBeLessThan(100);
  });
});
