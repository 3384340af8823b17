/** A file's status as node:fs shows it. */
import { DT, S_IF } from '../abi/files.ts';
import { STATX_FIELD, STATX_TIME } from '../abi/records.ts';
import type { ProcessMemory } from '../ring/memory.ts';

const MS_PER_SEC = 1000;
const NS_PER_MS = 1e6;
/** DT_ types are S_IF_ types, shifted. */
const TYPE_SHIFT = 12;

/** The DT_ type of a file with that st_mode. */
export const kindOfMode = (mode: number): number => (mode & S_IF.FMT) >>> TYPE_SHIFT;

/** st_dev as glibc's makedev(3) packs it. */
const makeDevice = (major: number, minor: number): number =>
  (major & 0xfff) * 2 ** 8 + (major >>> 12) * 2 ** 44 + (minor & 0xff) + (minor >>> 8) * 2 ** 20;

/** What kind of file it is, by its DT_ type. */
export abstract class FileKind {
  /** DT_ number. */
  protected abstract readonly kind: number;

  isFile(): boolean {
    return this.kind === DT.REG;
  }

  isDirectory(): boolean {
    return this.kind === DT.DIR;
  }

  isSymbolicLink(): boolean {
    return this.kind === DT.LNK;
  }

  isFIFO(): boolean {
    return this.kind === DT.FIFO;
  }

  isSocket(): boolean {
    return this.kind === DT.SOCK;
  }

  isBlockDevice(): boolean {
    return this.kind === DT.BLK;
  }

  isCharacterDevice(): boolean {
    return this.kind === DT.CHR;
  }
}

/** What stat(2) tells of a file; times in milliseconds since 1970, `blocks` of 512 bytes. */
export class Stats extends FileKind {
  readonly dev: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly blksize: number;
  readonly ino: number;
  readonly size: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;

  /** Reads the struct statx at an address. */
  constructor(memory: ProcessMemory, at: number) {
    super();
    const field = STATX_FIELD;
    this.dev = makeDevice(memory.u32(at + field.devMajor), memory.u32(at + field.devMinor));
    this.mode = memory.u16(at + field.mode);
    this.nlink = memory.u32(at + field.nlink);
    this.uid = memory.u32(at + field.uid);
    this.gid = memory.u32(at + field.gid);
    this.rdev = makeDevice(memory.u32(at + field.rdevMajor), memory.u32(at + field.rdevMinor));
    this.blksize = memory.u32(at + field.blksize);
    this.ino = memory.s64(at + field.ino);
    this.size = memory.s64(at + field.size);
    this.blocks = memory.s64(at + field.blocks);
    this.atimeMs = timeMs(memory, at + field.atime);
    this.mtimeMs = timeMs(memory, at + field.mtime);
    this.ctimeMs = timeMs(memory, at + field.ctime);
    this.birthtimeMs = timeMs(memory, at + field.btime);
  }

  get atime(): Date {
    return new Date(Math.round(this.atimeMs));
  }

  get mtime(): Date {
    return new Date(Math.round(this.mtimeMs));
  }

  get ctime(): Date {
    return new Date(Math.round(this.ctimeMs));
  }

  get birthtime(): Date {
    return new Date(Math.round(this.birthtimeMs));
  }

  protected get kind(): number {
    return kindOfMode(this.mode);
  }
}

const timeMs = (memory: ProcessMemory, at: number): number =>
  memory.s64(at + STATX_TIME.sec) * MS_PER_SEC + memory.u32(at + STATX_TIME.nsec) / NS_PER_MS;
