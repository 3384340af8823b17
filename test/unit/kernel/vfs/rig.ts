/** Mounts over a temporary folder, and the least of a kernel that their calls need. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { errnoName, type Res } from '../../../../src/abi/errno.ts';
import { O } from '../../../../src/abi/files.ts';
import { SQE_FLAG } from '../../../../src/abi/flags.ts';
import { SQE_SHIFT } from '../../../../src/abi/layout.ts';
import { NodeFiles } from '../../../../src/host/files.ts';
import { type Clock, VirtualClock } from '../../../../src/kernel/clock.ts';
import type { FileObject, OpenHow, PathArg } from '../../../../src/kernel/file-system.ts';
import type { HostEntry, HostFiles, HostStat } from '../../../../src/kernel/host.ts';
import type { Outcome } from '../../../../src/kernel/operation.ts';
import { type KernelCalls, type Operation, PENDING } from '../../../../src/kernel/operation.ts';
import { Request, type RequestRing } from '../../../../src/kernel/request.ts';
import type { HostFile } from '../../../../src/kernel/vfs/host-file.ts';
import { type JailKind, type MountSpec, newStat } from '../../../../src/kernel/vfs/mount.ts';
import { Mounts } from '../../../../src/kernel/vfs/mounts.ts';

export const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

export const hostFiles: HostFiles = new NodeFiles(fs);

/** The host, with something that happens before each of its calls. */
export const hostAfter = (before: (call: string, args: readonly unknown[]) => void): HostFiles =>
  new Proxy(hostFiles, {
    get: (host, name) => {
      const call = Reflect.get(host, name) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        before(String(name), args);
        return call.apply(host, args);
      };
    },
  });

/** A new folder of its own; the caller removes it. */
export const newFolder = (): string =>
  fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'uring-files-')));

/** How many descriptors this process has open of what is below a path of the host. */
export const openDescriptors = (path: string): number =>
  fs.readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith(path);
    } catch {
      return false; // the one that the names were read by
    }
  }).length;

export interface RigOptions {
  readonly root?: string;
  readonly jail?: JailKind;
  readonly files?: HostFiles;
  readonly devices?: boolean;
  readonly clock?: Clock;
  /** In place of one mount at `/`. */
  readonly specs?: readonly MountSpec[];
  /** In place of new ones. */
  readonly mounts?: Mounts;
}

type Call = (request: Request, kernel: KernelCalls) => Outcome;

const unused = (): never => {
  throw new Error('not part of this test');
};

/** Calls the file system as operations do: with a request, which may pend. */
export class Rig {
  readonly mounts: Mounts;
  /** Calls that were handed to the pool. */
  pooled = 0;

  constructor({ root = '/', jail = 'walk', files = hostFiles, ...rest }: RigOptions = {}) {
    const { devices = false, clock = new VirtualClock(), specs, mounts } = rest;
    const one = [{ path: '/', files, root, jail, devices }];
    this.mounts = mounts ?? new Mounts(specs ?? one, clock);
  }

  /** A request; IOSQE_ASYNC when it is to go to the pool. */
  request(isAsync = false): Request {
    const request = new Request(0, {} as RequestRing, {} as Operation);
    request.head = isAsync ? SQE_FLAG.ASYNC << SQE_SHIFT.flags : 0;
    return request;
  }

  /** The result of a call that ends at once. */
  now(call: Call, request = this.request()): Res {
    const outcome = call(request, this.kernel(unused));
    if (outcome === PENDING) throw new Error('it pends');
    return outcome;
  }

  /** The result of a call that goes to the pool. */
  async later(call: Call, request = this.request(true)): Promise<Res> {
    const { promise, resolve } = Promise.withResolvers<Res>();
    const outcome = call(request, this.kernel(resolve));
    if (outcome !== PENDING) throw new Error(`it ended at once with ${outcome}`);
    return promise;
  }

  /** The result of a call, whenever it comes. */
  async result(call: Call, request = this.request(true)): Promise<Res> {
    const { promise, resolve } = Promise.withResolvers<Res>();
    return call(request, this.kernel(resolve)) ?? promise;
  }

  /** The least of a kernel; `done` gets the results of pooled calls. */
  kernel(done: (res: Res) => void): KernelCalls {
    const later: KernelCalls['later'] = (_, call) => {
      this.pooled++;
      call(done);
      return PENDING;
    };
    return { later, files: this.mounts, again: unused } as unknown as KernelCalls;
  }

  path(path: string | Uint8Array, base?: FileObject): PathArg {
    return { base, bytes: typeof path === 'string' ? bytes(path) : path };
  }

  /** Opens a file, or throws the name of the errno. */
  open(path: string | PathArg, flags: number = O.RDONLY, how: Partial<OpenHow> = {}): HostFile {
    const request = this.request();
    const arg = typeof path === 'string' ? this.path(path) : path;
    const res = this.now(
      (r, k) => this.mounts.open(r, k, arg, { flags, mode: 0o644, resolve: 0, ...how }),
      request,
    );
    if (res < 0) throw new Error(errnoName(res));
    return request.file as HostFile;
  }

  /** What an open file holds, up to 4 KiB, as text; and closes it. */
  textOf(file: HostFile): string {
    const into = new Uint8Array(4096);
    const res = this.now((r, k) => file.read(r, k, into, 0, into.length, 0));
    file.drop();
    return res < 0 ? errnoName(res) : Buffer.from(into.subarray(0, res)).toString('latin1');
  }

  /** The text of a file, or the name of the errno. */
  readText(path: string | PathArg, how: Partial<OpenHow> = {}): string {
    try {
      return this.textOf(this.open(path, O.RDONLY, how));
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** 0, or the name of the errno. */
  outcome(call: Call): string | 0 {
    const res = this.now(call);
    return res < 0 ? errnoName(res) : 0;
  }

  stat(path: string | PathArg, follow = true): HostStat | string {
    const into = newStat();
    const arg = typeof path === 'string' ? this.path(path) : path;
    const res = this.now((r, k) => this.mounts.stat(r, k, arg, follow, into));
    return res < 0 ? errnoName(res) : into;
  }

  names(directory: HostFile): string[] {
    const into: HostEntry[] = [];
    const res = this.now((r, k) => directory.list(r, k, into));
    if (res < 0) throw new Error(errnoName(res));
    return into.map(({ name }) => Buffer.from(name).toString('latin1')).sort();
  }

  mkdir = (path: string, base?: FileObject): string | 0 =>
    this.outcome((r, k) => this.mounts.mkdir(r, k, this.path(path, base), 0o755));
  remove = (path: string, directory = false, base?: FileObject): string | 0 =>
    this.outcome((r, k) => this.mounts.remove(r, k, this.path(path, base), directory));
  rename = (from: string, to: string): string | 0 =>
    this.outcome((r, k) => this.mounts.rename(r, k, this.path(from), this.path(to)));
  symlink = (target: string, path: string): string | 0 =>
    this.outcome((r, k) => this.mounts.symlink(r, k, bytes(target), this.path(path)));
  link = (existing: string, path: string, follow = false): string | 0 =>
    this.outcome((r, k) => this.mounts.link(r, k, this.path(existing), this.path(path), follow));
}

/** For each test of a file: a folder with the empty directory `dir` and a `file`, and its rig. */
export function rigForEach(): { readonly folder: string; readonly rig: Rig } {
  const here = {} as { folder: string; rig: Rig };
  beforeEach(() => {
    here.folder = newFolder();
    fs.mkdirSync(join(here.folder, 'dir'));
    fs.writeFileSync(join(here.folder, 'file'), 'abcdefgh');
    here.rig = new Rig({ root: here.folder });
  });
  afterEach(() => {
    here.rig.mounts.close();
    fs.rmSync(here.folder, { recursive: true });
  });
  return here;
}
