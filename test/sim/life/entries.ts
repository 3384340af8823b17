/** How an entry of a program is written into an SQE. */
import { NOP_FLAG, POLL_FLAG, SQE_FLAG, TIMEOUT_FLAG } from '../../../src/abi/flags.ts';
import { FUTEX_BITSET_MATCH_ANY, FUTEX_WAITV, FUTEX2 } from '../../../src/abi/futex.ts';
import { SQE, SQE_SHIFT } from '../../../src/abi/layout.ts';
import { SHUT } from '../../../src/abi/net.ts';
import type { SqeWords } from '../../../src/ops/define.ts';
import { prepRw } from '../../../src/ops/encode.ts';
import { operations } from '../../../src/ops/table.ts';
import type { ProcessMemory } from '../../../src/ring/memory.ts';
import {
  BUFFER_BYTES,
  type Entry,
  GROUPS,
  OBJECTS,
  type Op,
  REGISTERED,
  WORDS,
} from './program.ts';

/** Where things lie in the memory of the process. */
export const AT = { times: 4096, words: 12_288, waitv: 12_544, data: 16_384, buffers: 20_480 };
export const RECORD_AT = 32_768;
/** Records that lie beside each other until their entries are taken: more than an SQ has. */
const RECORDS = 256;
const TIMESPEC_BYTES = 16;
const PAIR_BYTES = 48;
/** In the upper word of a user_data: a message, and a poll with another name. */
export const MESSAGE_HIGH = 1;
export const RENAMED_HIGH = 2;
const TWO_TO_32 = 2 ** 32;
const UNKNOWN_OPCODE = 223;
const FILE = OBJECTS.indexOf('file');

/** What an entry is written with. */
export interface Place {
  readonly target: SqeWords;
  readonly sqe: number;
  readonly id: number;
  readonly memory: ProcessMemory;
  /** The descriptor of an object or a ring, by its index. */
  readonly fdOf: (on: number) => number;
  /** The user_data of the request that the entry names. */
  readonly named: number;
  /** The first id of buffers that are provided next. */
  readonly firstBuffer: (count: number) => number;
}

type Encoder = (place: Place, entry: Required<Entry>) => void;

function time({ memory, id }: Place, ns: number): number {
  const at = AT.times + TIMESPEC_BYTES * (id % RECORDS);
  memory.setU64(at, 0);
  memory.setU64(at + 8, ns);
  return at;
}

/** Two words, each with the value that it has, or another one. */
function pair({ memory, id }: Place, isRight: boolean): number {
  const first = AT.waitv + PAIR_BYTES * ((id % RECORDS) % 64);
  for (let word = 0; word < WORDS; word++) {
    const at = first + (PAIR_BYTES / WORDS) * word;
    memory.setU64(at + FUTEX_WAITV.val, memory.u32(AT.words + 4 * word) + (isRight ? 0 : 1));
    memory.setU64(at + FUTEX_WAITV.uaddr, AT.words + 4 * word);
    memory.setU64(at + FUTEX_WAITV.flags, FUTEX2.SIZE_U32);
  }
  return first;
}

const group = ({ target, sqe }: Place, on: number): void => {
  target.words[sqe + SQE.bufPersonality] = on % GROUPS;
};

const wordAt = (on: number): number => AT.words + 4 * (on % WORDS);

export const ENCODERS: Readonly<Record<Op, Encoder>> = {
  nop: ({ target, sqe }, { size }) => {
    operations.nop.encode.call(target, sqe);
    target.words[sqe + SQE.len] = size;
    target.words[sqe + SQE.opFlags] = NOP_FLAG.INJECT_RESULT;
  },
  badNop: ({ target, sqe }) => {
    operations.nop.encode.call(target, sqe);
    target.words[sqe + SQE.opFlags] = 1 << 20;
  },
  unknown: ({ target, sqe }) => prepRw(UNKNOWN_OPCODE, target.words, sqe, 0, 0, 0, 0),
  read: (place, { on, size, bits, flags }) => {
    const addr = (flags & SQE_FLAG.BUFFER_SELECT) !== 0 ? 0 : AT.data;
    operations.read.encode.call(place.target, place.sqe, place.fdOf(on), addr, size, 0);
    group(place, bits);
  },
  write: ({ target, sqe, fdOf }, { on, size }) =>
    operations.write.encode.call(target, sqe, fdOf(on), AT.data, size, 0),
  splice: ({ target, sqe, fdOf }, { on, size, bits }) =>
    operations.splice.encode.call(target, sqe, fdOf(bits), -1, fdOf(on), -1, size, 0),
  send: ({ target, sqe, fdOf }, { on, size, bits }) =>
    operations.send.encode.call(target, sqe, fdOf(on), AT.data, size, bits),
  recv: (place, { on, size, bits, ns }) => {
    operations.recv.encode.call(place.target, place.sqe, place.fdOf(on), AT.data, size, bits);
    place.target.words[place.sqe]! |= ns << SQE_SHIFT.ioprio;
    group(place, on);
  },
  readMany: ({ target, sqe, fdOf }, { on, bits }) =>
    operations.readMultishot.encode.call(target, sqe, fdOf(on), 0, 0, bits % GROUPS),
  shutdown: ({ target, sqe, fdOf }, { on }) =>
    operations.shutdown.encode.call(target, sqe, fdOf(on), SHUT.WR),
  close: ({ target, sqe, fdOf }, { on }) =>
    operations.close.encode.call(target, sqe, fdOf(on % OBJECTS.length)),
  timeout: (place, { size, bits, ns }) =>
    operations.timeout.encode.call(place.target, place.sqe, time(place, ns), size, bits),
  linkTimeout: (place, { bits, ns }) =>
    operations.linkTimeout.encode.call(place.target, place.sqe, time(place, ns), bits),
  removeTimeout: (place, { bits, ns }) => {
    const { target, sqe, named } = place;
    operations.timeoutRemove.encode.call(target, sqe, named, bits);
    if ((bits & TIMEOUT_FLAG.UPDATE) !== 0) target.words[sqe + SQE.offLow] = time(place, ns);
  },
  cancel: ({ target, sqe, named, fdOf }, { bits, on, size }) => {
    operations.asyncCancel.encode.call(target, sqe, named, bits);
    target.words[sqe + SQE.fd] = fdOf(on);
    target.words[sqe + SQE.len] = size;
  },
  poll: ({ target, sqe, fdOf }, { on, bits, size }) =>
    operations.pollAdd.encode.call(target, sqe, fdOf(on), bits, size),
  removePoll: ({ target, sqe, named, id }, { size, bits }) => {
    operations.pollRemove.encode.call(target, sqe, named);
    target.words[sqe + SQE.len] = size;
    if ((size & POLL_FLAG.UPDATE_EVENTS) !== 0) target.words[sqe + SQE.opFlags] = bits;
    if ((size & POLL_FLAG.UPDATE_USER_DATA) === 0) return;
    target.words[sqe + SQE.offLow] = id;
    target.words[sqe + SQE.offHigh] = RENAMED_HIGH;
  },
  futexWait: ({ target, sqe, memory }, { on, size }) => {
    const value = memory.u32(wordAt(on)) + size;
    const mask = FUTEX_BITSET_MATCH_ANY;
    operations.futexWait.encode.call(target, sqe, wordAt(on), value, mask, FUTEX2.SIZE_U32, 0);
  },
  futexWaitv: (place, { size }) =>
    operations.futexWaitv.encode.call(place.target, place.sqe, pair(place, size === 0), WORDS, 0),
  futexWake: ({ target, sqe }, { on, size }) => {
    const mask = FUTEX_BITSET_MATCH_ANY;
    operations.futexWake.encode.call(target, sqe, wordAt(on), size, mask, FUTEX2.SIZE_U32, 0);
  },
  message: ({ target, sqe, fdOf, id }, { on, size }) => {
    const data = MESSAGE_HIGH * TWO_TO_32 + id;
    operations.msgRing.encode.call(target, sqe, fdOf(OBJECTS.length + on), size, data, 0);
  },
  provide: (place, { on, size }) => {
    const { target, sqe, firstBuffer } = place;
    const first = firstBuffer(size);
    const at = AT.buffers + BUFFER_BYTES * (first % RECORDS);
    operations.provideBuffers.encode.call(target, sqe, at, BUFFER_BYTES, size, on % GROUPS, first);
  },
  unprovide: ({ target, sqe }, { on, size }) =>
    operations.removeBuffers.encode.call(target, sqe, size, on % GROUPS),
  fileRead: ({ target, sqe, fdOf }, { size }) =>
    operations.read.encode.call(target, sqe, fdOf(FILE), AT.data, size, 0),
  fileWrite: ({ target, sqe, fdOf }, { size }) =>
    operations.write.encode.call(target, sqe, fdOf(FILE), AT.data, size, 0),
  fsync: ({ target, sqe, fdOf }) => operations.fsync.encode.call(target, sqe, fdOf(FILE), 0),
};

/** What an entry says, with zeroes for what it does not. */
export const completed = (entry: Entry): Required<Entry> => ({
  flags: 0,
  on: 0,
  size: 0,
  bits: 0,
  back: 0,
  ns: 0,
  twin: false,
  ...entry,
});

/** Flags of its SQE: what is no registered file is named by its descriptor. */
export function flagsOf({ op, flags, on }: Required<Entry>): number {
  const isRegistered = on < REGISTERED && (op === 'read' || op === 'write' || op === 'poll');
  return isRegistered ? flags : flags & ~SQE_FLAG.FIXED_FILE;
}
