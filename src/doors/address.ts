/** Addresses of sockets: as programs give them, and as the kernel has them. */
import { isIPv4 } from 'node:net';
import {
  AF,
  SOCKADDR_IN,
  SOCKADDR_IN_BYTES,
  SOCKADDR_IN6,
  SOCKADDR_IN6_BYTES,
  SOCKADDR_UN,
  SOCKADDR_UN_BYTES_MAX,
} from '../abi/net.ts';
import { toInteger } from './arguments.ts';
import { typeError, valueError } from './errors.ts';

/** Where a TCP socket is: a port of the loopback network. `host` is 127.0.0.1 unless told. */
export interface InetAddress {
  readonly host?: string | undefined;
  readonly port: number;
}

/** Where a unix socket is: a name in the kernel; one that begins with NUL is abstract. */
export interface UnixAddress {
  readonly path: string;
}

/** Where a listener is found. */
export type SocketAddress = InetAddress | UnixAddress;

const PORT_MAX = 65_535;
const LOCALHOST = '127.0.0.1';
/** IPv6 has two hosts here: itself, and every one. */
const HOSTS6: readonly string[] = ['::', '::1'];

/** An address as sockaddr; its family is in its first two bytes. */
export function toSockaddr(address: unknown): Buffer {
  if (typeof address !== 'object' || address === null)
    throw typeError('address', 'of type object', address);
  const { path, port, host = LOCALHOST } = address as Partial<InetAddress & UnixAddress>;
  if (path !== undefined) return unixBytes(path);
  toInteger(port, 'address.port', 0, PORT_MAX);
  const name = host === 'localhost' ? LOCALHOST : host;
  if (isIPv4(name)) return inetBytes(name, port as number);
  if (HOSTS6.includes(name)) return inet6Bytes(name, port as number);
  throw valueError('address.host', 'must be an IPv4 address, ::1 or ::', host);
}

/** AF_ of a sockaddr. */
export const familyOf = (bytes: Buffer): number => bytes.readUInt16LE(SOCKADDR_IN.family);

function unixBytes(path: unknown): Buffer {
  if (typeof path !== 'string') throw typeError('address.path', 'of type string', path);
  const isAbstract = path.startsWith('\0');
  const name = Buffer.from(isAbstract || path === '' ? path : `${path}\0`);
  if (path === '' || SOCKADDR_UN.path + name.length > SOCKADDR_UN_BYTES_MAX)
    throw valueError('address.path', 'must have 1 to 107 bytes', path);
  const bytes = Buffer.alloc(SOCKADDR_UN.path + name.length);
  bytes.writeUInt16LE(AF.UNIX, SOCKADDR_UN.family);
  name.copy(bytes, SOCKADDR_UN.path);
  return bytes;
}

function inetBytes(host: string, port: number): Buffer {
  const bytes = Buffer.alloc(SOCKADDR_IN_BYTES);
  bytes.writeUInt16LE(AF.INET, SOCKADDR_IN.family);
  bytes.writeUInt16BE(port, SOCKADDR_IN.port);
  for (const [i, part] of host.split('.').entries())
    bytes[SOCKADDR_IN.address + i] = Number.parseInt(part, 10);
  return bytes;
}

function inet6Bytes(host: string, port: number): Buffer {
  const bytes = Buffer.alloc(SOCKADDR_IN6_BYTES);
  bytes.writeUInt16LE(AF.INET6, SOCKADDR_IN6.family);
  bytes.writeUInt16BE(port, SOCKADDR_IN6.port);
  if (host === '::1') bytes[SOCKADDR_IN6.scope - 1] = 1;
  return bytes;
}

/** What a sockaddr names. */
export function fromSockaddr(bytes: Buffer): SocketAddress {
  const family = familyOf(bytes);
  if (family === AF.UNIX) {
    const name = bytes.subarray(SOCKADDR_UN.path).toString();
    return { path: name.startsWith('\0') ? name : name.replace(/\0.*$/s, '') };
  }
  const port = bytes.readUInt16BE(SOCKADDR_IN.port);
  if (family === AF.INET6) {
    const isOne = bytes[SOCKADDR_IN6.scope - 1] === 1;
    return { host: isOne ? '::1' : '::', port };
  }
  const { address } = SOCKADDR_IN;
  return { host: [...bytes.subarray(address, address + 4)].join('.'), port };
}
