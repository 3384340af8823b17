/** Strings of bytes: one character for each byte, so that names of any bytes come out unchanged. */
import { isUtf8 } from 'node:buffer';

// Names on Linux are bytes, and often not UTF-8. A string of characters below 256 keeps each byte,
// takes one byte of heap for it, and compares as bytes do, so that sorting needs no comparator. A
// Buffer for each of 100,000 names would cost ten times that. It becomes text at the edges only:
// `latin1` is Node's word for writing each character as the byte it stands for.

/** Characters are 0 to 255, each a byte. */
export type ByteString = string;

export const fromBytes = (bytes: Buffer): ByteString => bytes.toString('latin1');
export const toBytes = (string: ByteString): Buffer => Buffer.from(string, 'latin1');
export const fromText = (text: string): ByteString => Buffer.from(text, 'utf8').toString('latin1');

/** The text it is in UTF-8; what is not UTF-8 becomes U+FFFD. */
export const toText = (string: ByteString): string => toBytes(string).toString('utf8');

/** Whether toText() loses nothing. */
export const isText = (string: ByteString): boolean => isUtf8(toBytes(string));

/** The path of a name in a directory, as find(1) writes it. */
export const joinPath = (directory: ByteString, name: ByteString): ByteString =>
  directory.endsWith('/') ? directory + name : `${directory}/${name}`;
