/** Addresses of IPv4 and IPv6 sockets, read from and written as struct sockaddr_in and in6. */
import { fail, type Res } from '../../abi/errno.ts';
import {
  AF,
  IN6_BYTES,
  IN6_MAPPED_BYTES,
  SOCKADDR_IN,
  SOCKADDR_IN_BYTES,
  SOCKADDR_IN6,
  SOCKADDR_IN6_BYTES,
  SOCKADDR_IN6_BYTES_MIN,
} from '../../abi/net.ts';

// The only network is the loopback: 127.0.0.0/8 and ::1. A host is a number: an IPv4 address as
// u32, also when a sockaddr_in6 has it as a mapped one, or one of the three below.

const TWO_TO_32 = 2 ** 32;
/** Hosts: 0.0.0.0, 127.0.0.1, ::, ::1, and any other IPv6 address. */
export const HOST = {
  ANY: 0,
  LOOPBACK: 0x7f00_0001,
  ANY6: TWO_TO_32,
  LOOPBACK6: TWO_TO_32 + 1,
  ELSEWHERE6: TWO_TO_32 + 2,
} as const;

/** Where an IPv4 or IPv6 socket is. */
export interface InetName {
  readonly host: number;
  readonly port: number;
}

/** An address that any socket of this kernel may have, or that means all of them. */
export const isLocal = (host: number): boolean =>
  isWildcard(host) || host === HOST.LOOPBACK6 || (host < TWO_TO_32 && host >>> 24 === 127);

/** 0.0.0.0 and ::, which stand for every address of their family; :: for those of IPv4 too. */
export const isWildcard = (host: number): boolean => host === HOST.ANY || host === HOST.ANY6;

/** Where packets to a host go: "this host" is the loopback. */
export function destination(host: number): number {
  if (host === HOST.ANY) return HOST.LOOPBACK;
  return host === HOST.ANY6 ? HOST.LOOPBACK6 : host;
}

/** The address that packets to a host come from. */
export const sourceFor = (host: number): number =>
  host < TWO_TO_32 ? HOST.LOOPBACK : HOST.LOOPBACK6;

const u16be = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
const u32be = (bytes: Uint8Array, at: number): number =>
  u16be(bytes, at) * 2 ** 16 + u16be(bytes, at + 2);

function putBe(bytes: Uint8Array, at: number, count: number, value: number): void {
  for (let i = 0; i < count; i++) bytes[at + i] = value >>> (8 * (count - 1 - i));
}

/** AF_ of the bytes of a sockaddr; -EINVAL when there are none. */
export const familyOf = (bytes: Uint8Array): number =>
  bytes.length < 2 ? fail('EINVAL') : bytes[0]! | (bytes[1]! << 8);

/** The host that 16 bytes mean. */
function hostOf(bytes: Uint8Array): number {
  const word = (i: number): number => u32be(bytes, 4 * i);
  if (word(0) === 0 && word(1) === 0) {
    if (word(2) === 0xffff) return word(3);
    if (word(2) === 0 && word(3) <= 1) return word(3) === 0 ? HOST.ANY6 : HOST.LOOPBACK6;
  }
  return HOST.ELSEWHERE6;
}

/** The address that a sockaddr gives a socket of `family`: -EINVAL, -EAFNOSUPPORT. */
export function readInetName(family: number, bytes: Uint8Array): InetName | Res {
  const isInet6 = family === AF.INET6;
  if (bytes.length < (isInet6 ? SOCKADDR_IN6_BYTES_MIN : SOCKADDR_IN_BYTES)) return fail('EINVAL');
  if (familyOf(bytes) !== family) return fail('EAFNOSUPPORT');
  const port = u16be(bytes, SOCKADDR_IN.port);
  if (!isInet6) return { host: u32be(bytes, SOCKADDR_IN.address), port };
  const { address } = SOCKADDR_IN6;
  return { host: hostOf(bytes.subarray(address, address + IN6_BYTES)), port };
}

/** The sockaddr by which a socket of `family` knows an address; undefined is none at all. */
export function writeInetName(family: number, name: InetName | undefined): Uint8Array {
  const isInet6 = family === AF.INET6;
  const bytes = new Uint8Array(isInet6 ? SOCKADDR_IN6_BYTES : SOCKADDR_IN_BYTES);
  bytes[SOCKADDR_IN.family] = family;
  if (name === undefined) return bytes;
  const { host, port } = name;
  putBe(bytes, SOCKADDR_IN.port, 2, port);
  if (!isInet6) {
    putBe(bytes, SOCKADDR_IN.address, 4, host);
    return bytes;
  }
  const at = SOCKADDR_IN6.address;
  if (host === HOST.LOOPBACK6) bytes[at + IN6_BYTES - 1] = 1;
  if (host >= TWO_TO_32) return bytes;
  putBe(bytes, at + IN6_MAPPED_BYTES - 2, 2, 0xffff);
  putBe(bytes, at + IN6_MAPPED_BYTES, 4, host);
  return bytes;
}
