/** The arguments of this process as the bytes that were given. */
import { readFileSync } from 'node:fs';
import { type ByteString, fromBytes, fromText } from './byte-string.ts';

/** What Node puts in the place of bytes that are not UTF-8. */
const REPLACED = '\ufffd';

/**
 * Node decodes arguments as UTF-8 and loses what is none; Linux still knows the bytes. `args` are
 * the decoded arguments without program and script, `commandLine` answers /proc/self/cmdline.
 */
export function rawArguments(
  args: readonly string[],
  commandLine: () => Buffer = () => readFileSync('/proc/self/cmdline'),
): ByteString[] {
  const decoded = args.map(fromText);
  if (!args.some((arg) => arg.includes(REPLACED))) return decoded;
  try {
    const all = fromBytes(commandLine()).split('\0').slice(0, -1);
    return all.slice(-args.length);
  } catch {
    return decoded; // no /proc: the name will be reported as not found
  }
}
