/** Writes docs/opcodes.md from the table of operations: what became of every opcode here. */
import { writeFileSync } from 'node:fs';
import { SQE, SQE_BYTES, SQE_SHIFT } from '../src/abi/layout.ts';
import { EMBEDDER_OP_FIRST, OP, OWN_OP_FIRST } from '../src/abi/opcodes.ts';
import { type DefinedOperation, isError, type SqeField } from '../src/ops/define.ts';
import { rightsOf } from '../src/ops/rights.ts';
import { operations } from '../src/ops/table.ts';
import { FAILURES, FLAG_NAMES, REFUSING, UNSUPPORTED } from './opcode-notes.ts';

const ROWS: ReadonlyMap<number, DefinedOperation> = new Map(
  Object.values<DefinedOperation>(operations).map((row) => [row.code, row]),
);

const code = (text: string | number): string => `\`${text}\``;
const codes = (texts: readonly string[]): string => texts.map(code).join(', ');

/** The fields of an SQE in the order of their bytes, by Linux's names. */
const FIELDS: readonly (readonly [name: string, field: SqeField | undefined])[] = [
  ['ioprio', undefined],
  ['fd', 'fd'],
  ['off', 'off'],
  ['addr', 'addr'],
  ['len', 'len'],
  ['op_flags', 'opFlags'],
  ['buf_index', 'bufIndex'],
  ['personality', undefined],
  ['file_index', 'fileIndex'],
  ['addr3', 'addr3'],
  ['pad', 'pad'],
];

/** What the fields of an entry hold. */
const valuesOf = (words: Int32Array): Readonly<Record<string, number>> => ({
  ioprio: words[SQE.head]! >>> SQE_SHIFT.ioprio,
  fd: words[SQE.fd]!,
  off: words[SQE.offLow]!,
  addr: words[SQE.addrLow]!,
  len: words[SQE.len]!,
  op_flags: words[SQE.opFlags]!,
  buf_index: words[SQE.bufPersonality]! & 0xffff,
  personality: words[SQE.bufPersonality]! >>> SQE_SHIFT.personality,
  file_index: words[SQE.fileIndex]!,
  addr3: words[SQE.addr3Low]!,
  pad: words[SQE.padLow]!,
});

/** Names of the arguments of a prep function behind the entry. */
function argumentsOf(row: DefinedOperation): string[] {
  const [, list = ''] = /\(([^)]*)\)/.exec(String(row.encode)) ?? [];
  const names = list.split(',').map((name) => name.replace(/=.*/s, '').trim());
  return names.filter((name) => name !== '').slice(1);
}

/** Which argument each field gets, found by encoding numbers that nothing else would write. */
function writtenFields(row: DefinedOperation): Map<string, string> {
  const words = new Int32Array(SQE_BYTES / Int32Array.BYTES_PER_ELEMENT);
  const names = argumentsOf(row);
  const first = 0x4321;
  const encode = row.encode as (this: object, sqe: number, ...args: number[]) => void;
  encode.call({ words }, 0, ...names.map((_, i) => first + 16 * i));
  const written = new Map<string, string>();
  for (const [field, value] of Object.entries(valuesOf(words))) {
    const name = names[Math.floor((value - first) / 16)];
    const more = (value - first) % 16;
    if (name !== undefined && more === 0) written.set(field, name);
    else if (name !== undefined && more === 1) written.set(field, `${name} + 1`);
  }
  return written;
}

const prepName = (name: string): string =>
  `prep${name.toLowerCase().replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase())}`;

/** Fields it reads, with the argument that each gets; then those that must be zero. */
function fieldsLine(row: DefinedOperation): string {
  const written = writtenFields(row);
  const zero = (field: SqeField | undefined) => field !== undefined && row.zero.includes(field);
  const read = FIELDS.filter(
    ([name, field]) =>
      !zero(field) && (written.has(name) || (field !== undefined && row.reads?.includes(field))),
  );
  const told = read.map(([name]) => {
    const argument = written.get(name);
    return argument === undefined ? code(name) : `${code(name)} = ${argument}`;
  });
  const zeroes = FIELDS.filter(([, field]) => zero(field)).map(([name]) => name);
  const must = zeroes.length === 0 ? '' : `; must be zero: ${codes(zeroes)}`;
  return `${told.length === 0 ? 'none' : told.join(', ')}${must}`;
}

/** The flags in op_flags that it knows. */
function flagsLine(row: DefinedOperation): string | undefined {
  if (row.zero.includes('opFlags')) return undefined;
  const known = ~row.unknownFlags;
  if (known === 0) return 'none, must be zero';
  const [prefix, group] = FLAG_NAMES.get(row.name) ?? ['', {}];
  const named = Object.entries(group).filter(([, bit]) => (bit & known) === bit);
  const names = codes(named.map(([name]) => `${prefix}${name}`));
  if (known === -1) return names === '' ? undefined : `${names}; looked at when it runs`;
  const rest = named.reduce((left, [, bit]) => left & ~bit, known);
  const other = rest === 0 ? '' : code(`0x${(rest >>> 0).toString(16)}`);
  return [names, other].filter((part) => part !== '').join(', ');
}

function cancelLine({ cancel, cancelAnswer }: DefinedOperation): string {
  if (cancel === 'never') return 'it does not wait for others';
  const answer =
    cancelAnswer === 1 ? '; a single cancel, or its LINK_TIMEOUT, ends with 1 (I3, H4)' : '';
  if (cancel === 'queue') return `at any time while it waits, with \`-ECANCELED\`${answer}`;
  return `until the host has begun, with \`-ECANCELED\`; then \`-EALREADY\`${answer}`;
}

function extrasLine(row: DefinedOperation): string {
  const extras = [
    row.ioprio ? '`ioprio` means something' : '',
    row.bufferSelect ? '`BUFFER_SELECT`' : '',
    row.iopoll ? 'IOPOLL rings' : '',
    row.repeatable ? 'a door may submit it again after its executor died' : '',
  ];
  return extras.filter((extra) => extra !== '').join('; ');
}

const failureOf = (row: DefinedOperation): string =>
  FAILURES.get(row.name) ?? (row.isFailure === isError ? 'an error' : 'see SEMANTICS D6, D7');

const rightsLine = (name: string): string => {
  const rights = rightsOf(name) ?? [];
  return rights.length === 0 ? 'none' : codes(rights);
};

function section(row: DefinedOperation): string {
  const lines: [string, string | undefined][] = [
    ['SQE', fieldsLine(row)],
    ['`op_flags`', flagsLine(row)],
    ['Errors', row.errors.length === 0 ? 'the common ones' : codes(row.errors)],
    ['Cancel', cancelLine(row)],
    ['Failure', failureOf(row)],
    ['Allows', extrasLine(row) || undefined],
    ['Rights', rightsLine(row.name)],
  ];
  return `### ${row.code} ${row.name}

${code(`${prepName(row.name)}(${['sqe', ...argumentsOf(row)].join(', ')})`)}

${row.does}

${lines.flatMap(([name, text]) => (text === undefined ? [] : [`- ${name}: ${text}`])).join('\n')}
`;
}

/** What an opcode is here. */
function standing(name: string, row: DefinedOperation | undefined): string {
  if (row !== undefined) return name in REFUSING ? `refuses: ${REFUSING[name]}` : 'yes';
  return `no: ${UNSUPPORTED[name] ?? 'not implemented.'}`;
}

function overview(opcodes: readonly (readonly [string, number])[]): string {
  const lines = opcodes.map(([name, number]) => {
    const row = ROWS.get(number);
    const cells = [number, name, row === undefined ? '' : code(prepName(name))];
    return `| ${[...cells, standing(name, row), rightsLine(name)].join(' | ')} |`;
  });
  return `| number | operation | prep function | here | rights |
| ---: | --- | --- | --- | --- |
${lines.join('\n')}
`;
}

const INTRODUCTION = `# Opcodes

Made by \`npm run docs\` from the rows of the operations (\`src/ops/table.ts\`), and compared with
them by \`test/unit/docs.test.ts\`. Numbers and rules are those of Linux 6.18. Letters with numbers,
such as D7, are rules of \`test/conformance/SEMANTICS.md\`.

**Of every operation:** an unknown opcode, flag or personality, \`ioprio\` where it means nothing,
or a field that must be zero is \`-EINVAL\`; \`BUFFER_SELECT\` where it is not allowed is
\`-EOPNOTSUPP\`; what the restrictions of a ring forbid is \`-EACCES\`. These are found while the
entry is read. A request that is taken back, or whose chain broke, ends with \`-ECANCELED\`; one
whose executor died after it began, with \`-EOWNERDEAD\`; one that met a bug of the kernel, with
\`-EIO\`.

**Below:** *SQE* says which fields are read, and which argument of the prep function each gets.
*Failure* is what breaks a chain, and what is posted in spite of \`CQE_SKIP_SUCCESS\` (D6, F1).
*Rights* is what a check of permissions would ask for (\`src/ops/rights.ts\`); nothing asks yet.
PROBE calls supported what has a row: all but those with "no".

Opcodes from ${OP.PIPE + 1} on are \`-EINVAL\`, as in Linux 6.18. Two exist in later versions:
NOP128 and URING_CMD128 need entries of 128 bytes, and URING_CMD128 files with commands as well.
Ours begin at ${OWN_OP_FIRST}; from ${EMBEDDER_OP_FIRST} on they are for whoever embeds the kernel.
`;

/** The text of docs/opcodes.md. */
export function opcodesDocument(): string {
  const all = Object.entries(OP).sort(([, a], [, b]) => a - b);
  const linux = all.filter(([, number]) => number < OWN_OP_FIRST);
  const ours = all.filter(([, number]) => number >= OWN_OP_FIRST);
  const rows = [...ROWS.values()].sort((a, b) => a.code - b.code);
  return [
    INTRODUCTION,
    "## Linux's",
    overview(linux),
    '## Ours',
    overview(ours),
    '## One by one',
    ...rows.map(section),
  ]
    .map((part) => `${part.trimEnd()}\n`)
    .join('\n');
}

export const OPCODES_DOCUMENT = new URL('../docs/opcodes.md', import.meta.url);

if (import.meta.filename === process.argv[1]) writeFileSync(OPCODES_DOCUMENT, opcodesDocument());
