/** Segments that hold, or wait for, what a test says. */
import { Segments } from '../../../../src/kernel/segments.ts';

/** One piece of memory that holds a text or bytes. */
export function holding(content: string | Uint8Array): Segments {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
  const segments = new Segments();
  segments.reset(bytes);
  segments.add(0, bytes.length);
  return segments;
}

/** One piece of so many bytes, to be filled. */
export const space = (bytes: number): Segments => holding(new Uint8Array(bytes));

/** The first bytes of segments made by space(), as text. */
export const textOf = ({ bytes }: Segments, count: number): string =>
  Buffer.from(bytes.slice(0, count)).toString('latin1');
