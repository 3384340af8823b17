/** Makes the resources that a scenario begins with. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETUP } from '../../../src/abi/flags.ts';
import type { SetupParams } from '../../../src/kernel/setup.ts';
import { constant, ScenarioError } from './names.ts';
import type { Operand } from './operands.ts';
import { RawRing } from './raw-ring.ts';
import type { Layout, Resource } from './scenario.ts';
import { mustSucceed, type World } from './world.ts';

const NS_PER_MS = 1e6;
const MS_PER_SEC = 1000;
const AF_UNIX = Number(constant('AF_UNIX'));
const AF_INET = Number(constant('AF_INET'));
const O_DIRECTORY = Number(constant('O_DIRECTORY'));
const LOOPBACK = '127.0.0.1';
/** Ports below 1024 are given to nobody who does not ask for them, and no scenario does. */
const UNUSED_PORT = 1;

const NEW_FILE_MODE = 0o644;

/** A sockaddr_in. */
export function inetAddress(host: string, port: number): Uint8Array {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16LE(AF_INET, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.set(host.split('.').map(Number), 4);
  return bytes;
}

/** A sockaddr_un with the byte that ends its path. */
export function unixAddress(path: string): Uint8Array {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(AF_UNIX);
  return Buffer.concat([bytes, Buffer.from(`${path}\0`)]);
}

/** Makes one resource, and binds the names that it has. */
export async function makeResource(w: World, name: string, resource: Resource): Promise<void> {
  const { ring, mem, ts, pipe, file, dir, pair, socket, addr, eventfd } = resource;
  if (ring !== undefined) return makeRing(w, name, resource);
  if (mem !== undefined) return makeMemory(w, name, w.operands.bytes(mem), resource.align);
  if (ts !== undefined) return makeTimespec(w, name, ts, resource.clock);
  if (pipe !== undefined) {
    const ends = mustSucceed(`pipe ${name}`, await w.calls.pipe(w.operands.int(pipe)));
    return bindPair(w, [`${name}.r`, `${name}.w`], ends as [number, number]);
  }
  if (file !== undefined) return makeFile(w, name, file, resource.open);
  if (dir !== undefined) return makeDirectory(w, name);
  if (pair !== undefined) {
    const ends = mustSucceed(`pair ${name}`, await w.calls.socketPair(w.operands.int(pair)));
    return bindPair(w, [`${name}.a`, `${name}.b`], ends as [number, number]);
  }
  if (socket !== undefined) return makeSocket(w, name, socket, resource);
  if (addr !== undefined) return makeAddress(w, name, addr);
  if (eventfd === undefined) throw new ScenarioError(`unknown resource ${name}`);
  const fd = mustSucceed(`eventfd ${name}`, await w.calls.eventfd(w.operands.count(eventfd)));
  w.operands.bind(name, fd);
}

async function makeRing(w: World, name: string, resource: Resource): Promise<void> {
  const { ring = 0, flags = 0, cq, idle } = resource;
  const params: SetupParams = {
    flags: w.operands.int(flags) | (cq === undefined ? 0 : SETUP.CQSIZE),
    ...(cq === undefined ? {} : { cqEntries: w.operands.count(cq) }),
    ...(idle === undefined ? {} : { sqThreadIdleMs: w.operands.count(idle) }),
  };
  const made = mustSucceed(`ring ${name}`, await w.target.setup(w.operands.count(ring), params));
  if (typeof made === 'number') throw new ScenarioError(`ring ${name}`);
  w.rings.set(name, new RawRing(made.region, made.fd));
  w.operands.bind(name, made.fd);
}

function makeMemory(w: World, name: string, bytes: Uint8Array, align?: number): void {
  w.operands.bind(name, w.arena.place(bytes, align));
}

function makeTimespec(w: World, name: string, ms: number, clock: Resource['clock']): void {
  const { monotonic, realtime } = w.target.nowMs();
  const now = clock === undefined ? 0 : clock === 'REALTIME' ? realtime : monotonic;
  const sec = Math.floor((now + ms) / MS_PER_SEC);
  const nsec = Math.floor((now + ms - sec * MS_PER_SEC) * NS_PER_MS);
  makeMemory(w, name, w.operands.bytes([{ u64: [sec, nsec] }]));
}

function bindPair(w: World, names: readonly [string, string], fds: readonly [number, number]) {
  w.operands.bind(names[0], fds[0]);
  w.operands.bind(names[1], fds[1]);
}

async function makeFile(
  w: World,
  name: string,
  contents: string | Layout,
  open: Operand | null = 'O_RDWR',
): Promise<void> {
  const bytes = typeof contents === 'string' ? contents : w.operands.bytes(contents);
  writeFileSync(join(w.target.folder, name), bytes, { mode: NEW_FILE_MODE, flag: 'wx' });
  makeMemory(w, `${name}.path`, Buffer.from(`${name}\0`));
  if (open !== null) await openAs(w, name, w.operands.int(open));
}

async function makeDirectory(w: World, name: string): Promise<void> {
  mkdirSync(join(w.target.folder, name));
  makeMemory(w, `${name}.path`, Buffer.from(`${name}\0`));
  await openAs(w, name, O_DIRECTORY);
}

async function openAs(w: World, name: string, flags: number): Promise<void> {
  w.operands.bind(name, mustSucceed(`open ${name}`, await w.calls.open(name, flags)));
}

async function makeSocket(
  w: World,
  name: string,
  [domainOf, typeOf]: readonly [Operand, Operand],
  { bind, listen }: Resource,
): Promise<void> {
  const [domain, type] = [w.operands.int(domainOf), w.operands.int(typeOf)];
  const fd = mustSucceed(`socket ${name}`, await w.calls.socket(domain, type));
  w.operands.bind(name, fd);
  if (bind === true) {
    const asked = domain === AF_UNIX ? unixAddress(`./${name}.sock`) : inetAddress(LOOPBACK, 0);
    mustSucceed(`bind ${name}`, await w.calls.bind(fd, asked));
    const isInet = domain !== AF_UNIX; // only there the kernel chose a part of the address
    const address = isInet ? mustSucceed(name, await w.calls.socketName(fd)) : asked;
    if (typeof address === 'number') throw new ScenarioError(`socket ${name}`);
    w.peers.set(fd, { domain, type, address });
    makeMemory(w, `${name}.addr`, address);
    w.operands.bind(`${name}.addrlen`, address.length);
  }
  if (listen !== undefined)
    mustSucceed(`listen ${name}`, await w.calls.listen(fd, w.operands.int(listen)));
}

function makeAddress(w: World, name: string, [host, port]: readonly [string, Operand]): void {
  const bytes = inetAddress(host, port === 'unused' ? UNUSED_PORT : w.operands.count(port));
  makeMemory(w, name, bytes);
  w.operands.bind(`${name}.len`, bytes.length);
}
