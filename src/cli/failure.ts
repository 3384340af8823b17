/** What went wrong, in words for standard error. */
import { ERRNO, type ErrnoName, errnoText } from '../abi/errno.ts';

/** An error's code, or 'EIO' for one that has none. */
export function codeOf(error: unknown): string {
  const code: unknown = Reflect.get(Object(error), 'code');
  return typeof code === 'string' ? code : 'EIO';
}

/** The reason as a message ends with it: the words of the errno, or else the error's own. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  const known = code in ERRNO && Reflect.has(Object(error), 'code');
  const words = known
    ? errnoText(code as ErrnoName)
    : String(error instanceof Error ? error.message : error);
  return words.charAt(0).toUpperCase() + words.slice(1).replaceAll('\n', ' ');
}
