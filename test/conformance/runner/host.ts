/** The `host` steps: what the process does by ordinary system calls, and what came of it. */
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Res } from '../../../src/abi/errno.ts';
import { constant, resultText, ScenarioError } from './names.ts';
import type { Operand } from './operands.ts';
import type { HostIs, Layout } from './scenario.ts';
import { Difference, type World } from './world.ts';

const O_NONBLOCK = Number(constant('SOCK_NONBLOCK'));
const EAGAIN: Res = -11;
const COUNTER_BYTES = 8;
/** Without the bits of a mode that tell the type. */
const PERMISSIONS = 0o7777;

/** What `stat` tells. */
type Facts = Readonly<Record<string, string | number>>;
/** A result or -errno, bytes, facts; null: there is no such file. */
type Given = Res | Uint8Array | Facts | null;
type Argument = Operand | Layout;

/** Runs one step and compares what it gave; without `is`, it must succeed. */
export async function hostStep(
  w: World,
  [verb, ...args]: readonly Argument[],
  is: HostIs | undefined,
): Promise<void> {
  const given = await callOf(w, String(verb), args);
  if (is === undefined) {
    if (given === null || (typeof given === 'number' && given < 0))
      throw new Difference(`${verb}: got ${shown(given)}, expected success`);
    return;
  }
  if (!isAsExpected(w, given, is))
    throw new Difference(`${verb}: got ${shown(given)}, expected ${JSON.stringify(is)}`);
}

async function callOf(w: World, verb: string, args: readonly Argument[]): Promise<Given> {
  const [first = '', second = ''] = args;
  const { calls } = w;
  const fd = (operand: Argument): number => w.operands.int(operand as Operand);
  switch (verb) {
    case 'write':
      return calls.write(fd(first), bytesOf(w, second));
    case 'read':
      return calls.read(fd(first), w.operands.count(second as Operand));
    case 'close':
      return close(w, fd(first));
    case 'shutdown':
      return calls.shutdown(fd(first), fd(second));
    case 'connect':
      return bindNew(w, first, await connect(w, fd(second)));
    case 'accept':
      return bindNew(w, first, await calls.accept(fd(second)));
    case 'dup':
      return bindNew(w, first, await calls.dup(fd(second)));
    case 'tell':
      return calls.tell(fd(first));
    case 'count':
      return counterOf(await calls.read(fd(first), COUNTER_BYTES));
    case 'cat':
      return fileOrNull(() => Uint8Array.from(readFileSync(join(w.target.folder, String(first)))));
    case 'stat':
      return fileOrNull(() => factsOf(join(w.target.folder, String(first))));
    default:
      throw new ScenarioError(`unknown host verb ${verb}`);
  }
}

function bytesOf(w: World, contents: Argument): Uint8Array {
  if (typeof contents === 'string') return Buffer.from(contents);
  return w.operands.bytes(contents as Layout);
}

function bindNew(w: World, name: Argument, fd: Res): Res {
  if (fd >= 0) w.operands.bind(String(name), fd);
  return fd;
}

/** A ring ends with its descriptor, and is not flushed any more. */
async function close(w: World, fd: number): Promise<Res> {
  for (const [name, ring] of w.rings) {
    if (ring.fd !== fd) continue;
    w.rings.delete(name);
    await w.target.closeRing(fd);
    return 0;
  }
  return w.calls.close(fd);
}

/** A blocking client of a socket that the scenario bound. */
async function connect(w: World, to: number): Promise<Res> {
  const peer = w.peers.get(to);
  if (peer === undefined) throw new ScenarioError(`descriptor ${to} is bound to no address`);
  const fd = await w.calls.socket(peer.domain, peer.type & ~O_NONBLOCK);
  if (fd < 0) return fd;
  const connected = await w.calls.connect(fd, peer.address);
  return connected < 0 ? connected : fd;
}

function counterOf(given: Uint8Array | Res): Res {
  if (given === EAGAIN) return 0;
  return typeof given === 'number' ? given : Number(Buffer.from(given).readBigUInt64LE());
}

function fileOrNull<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

function factsOf(path: string): Facts {
  const stat = lstatSync(path);
  const type = stat.isDirectory() ? 'dir' : stat.isSymbolicLink() ? 'link' : 'file';
  const facts = { type, size: stat.size, links: stat.nlink, mode: stat.mode };
  return stat.isSymbolicLink() ? { ...facts, target: readlinkSync(path) } : facts;
}

function isAsExpected(w: World, given: Given, is: HostIs): boolean {
  if (is === null || given === null) return is === given;
  if (Array.isArray(is))
    return given instanceof Uint8Array && Buffer.compare(given, w.operands.bytes(is)) === 0;
  if (given instanceof Uint8Array) return is === Buffer.from(given).toString();
  if (typeof given === 'number') {
    if (given >= 0) return w.operands.matches(is as Operand, given);
    const name = resultText(given);
    return is === given || is === name || is === `-${name}`;
  }
  return Object.entries(is).every(([key, wanted]) => isFact(w, key, given[key], wanted as Operand));
}

/** A mode may be asked for with the type of the file or without. */
function isFact(w: World, key: string, fact: Facts[string] | undefined, wanted: Operand): boolean {
  if (typeof fact !== 'number') return fact === wanted;
  if (w.operands.matches(wanted, fact)) return true;
  return key === 'mode' && w.operands.matches(wanted, fact & PERMISSIONS);
}

function shown(given: Given): string {
  if (typeof given === 'number') return JSON.stringify(resultText(given));
  return JSON.stringify(given instanceof Uint8Array ? Buffer.from(given).toString() : given);
}
