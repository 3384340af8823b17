/** The protocol rules: Atomics only in src/ring, every use citing a step that a header explains. */
import { posix } from 'node:path';
import { findAll, type Source } from './source.ts';

const inProduct = (path: string): boolean => /^(src|workers)\//.test(path);
const inRing = (path: string): boolean => path.startsWith('src/ring/');

/** Uses of Atomics outside src/ring, by any spelling. */
export const strayAtomics = (source: Source): string[] =>
  inProduct(source.path) && !inRing(source.path)
    ? findAll(source, 'code', /\bAtomics\b/g, 'Atomics outside src/ring')
    : [];

/** What the comments before the first class or function say, in one line. */
export function headerOf({ code, comments }: Source): string {
  const body = code.search(/\b(?:class|function)\b|=>/);
  const header = body === -1 ? comments : comments.slice(0, body);
  return header.replace(/^\s*(?:\/\/|\/\*\*?|\*\/?)/gm, ' ').replace(/\s+/g, ' ');
}

/** Step labels in a text; "W1 to W5" stands for all five. */
export function labelsIn(text: string): Set<string> {
  const labels = new Set([...text.matchAll(/\b[A-Z]\d+\b/g)].map(([label]) => label));
  for (const [, letter, first, last] of text.matchAll(/\b([A-Z])(\d+)(?: to |-|–)\1(\d+)\b/g))
    for (let step = Number(first); step <= Number(last); step++) labels.add(`${letter}${step}`);
  return labels;
}

/** The labels that a header says are those of other files, with the files it names. */
function delegated(header: string): { labels: Set<string>; files: string[] }[] {
  const sentences = header.matchAll(
    /\bSteps? ([^.]+?) (?:are|is) those of (.+?)(?:\. |, where|$)/g,
  );
  return [...sentences].map(([, labels, files]) => ({
    labels: labelsIn(labels!),
    files: files!.match(/[\w-]+\.ts/g) ?? [],
  }));
}

/** Accesses in src/ring without a step, or with one that no header explains. */
export function unexplainedAtomics(source: Source, read: (path: string) => Source): string[] {
  if (!inRing(source.path)) return [];
  const header = headerOf(source);
  const own = labelsIn(header);
  const elsewhere = delegated(header);
  const isExplained = (label: string): boolean => {
    const files = elsewhere.filter(({ labels }) => labels.has(label)).flatMap((one) => one.files);
    const folder = posix.dirname(source.path);
    if (files.length === 0) return own.has(label);
    return files.some((file) => labelsIn(headerOf(read(`${folder}/${file}`))).has(label));
  };
  const comments = source.comments.split('\n');
  return source.code.split('\n').flatMap((line, i) => {
    if (!/\bAtomics\s*\./.test(line)) return [];
    const where = `${source.path}:${i + 1}`;
    const cited = [...labelsIn(comments[i]!.split('//')[1] ?? '')];
    if (cited.length === 0) return [`${where}: Atomics without a step, such as "// S2"`];
    const unknown = cited.filter((label) => !isExplained(label));
    return unknown.map((label) => `${where}: step ${label} is not explained in a header`);
  });
}

/**
 * Byte offsets outside src/abi: views that take offsets, literal indices into an array of words,
 * literals of 2 or more added to an index of words or bytes, any literal added to an address.
 */
export function strayOffsets(source: Source): string[] {
  const { path } = source;
  if (!path.startsWith('src/') || path.startsWith('src/abi/') || path === 'src/ring/memory.ts')
    return [];
  const words = /\b(?:\w*[wW]ords)\[\s*\d[\w]*\s*\]/g;
  const added = /\b(?:\w*(?:[wW]ords|[bB]ytes))\[[^\]\n]*\+\s*(?!1\b)\d\w*\s*\]/g;
  const read = /\.(?:u8|u16|u32|i32|s64|setU8|setU16|setU32|setU64)\([^()\n]*\+\s*\d\w*\s*[,)]/g;
  return [
    ...findAll(source, 'code', /\bnew DataView\b/g, 'a DataView: offsets belong to src/abi'),
    ...findAll(source, 'code', words, 'a literal word index: name it in src/abi'),
    ...findAll(source, 'code', added, 'a literal offset: name it in src/abi'),
    ...findAll(source, 'code', read, 'a literal byte offset: name it in src/abi'),
  ];
}
