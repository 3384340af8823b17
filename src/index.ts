/** The public surface of uring: rings, the kernel on this thread, kernels on other threads. */
export { BufRing } from './client/buf-ring.ts';
export { KernelError } from './client/error.ts';
export { createInlineRing } from './client/inline-ring.ts';
export type { RingHandle } from './client/polled-port.ts';
export { NONE, Ring } from './client/ring.ts';
export type {
  InetAddress,
  SocketAddress,
  UnixAddress,
} from './doors/address.ts';
export { Chain, type ChainResults, type ChainWriteOptions } from './doors/chain.ts';
export { Channel } from './doors/channel.ts';
export { Dir, Dirent } from './doors/directory.ts';
export type { UringStats } from './doors/door.ts';
export { AbortError, FileError, TimeoutError } from './doors/errors.ts';
export { FileHandle } from './doors/file-handle.ts';
export { Flow, type FlowOptions } from './doors/flow.ts';
export type { FileSum } from './doors/hash.ts';
export type { IntervalOptions } from './doors/interval.ts';
export { BufferLease } from './doors/lease.ts';
export { open, type UringOptions } from './doors/open.ts';
export type {
  CallOptions,
  HashOptions,
  MakeDirectoryOptions,
  NameOptions,
  ReadDirectoryOptions,
  ReadFileOptions,
  RemoveOptions,
  SignalOptions,
  WriteFileOptions,
} from './doors/options.ts';
export type { PathLike } from './doors/path.ts';
export { Listener, type ListenOptions, type PipeEnds, Socket } from './doors/socket.ts';
export { Stats } from './doors/stats.ts';
export { Uring } from './doors/uring.ts';
export type { FileData } from './doors/write-file.ts';
export { type EnterCall, InlineKernel, type InlineParts } from './executor/inline.ts';
export { HostClock } from './host/clock.ts';
export { NodeDigests } from './host/digests.ts';
export { InlineFiles } from './host/inline-files.ts';
export { type Clock, type SleepingClock, VirtualClock } from './kernel/clock.ts';
export { type KernelCalls, PENDING } from './kernel/operation.ts';
export { Process } from './kernel/process.ts';
export type { Request } from './kernel/request.ts';
export { Mounts } from './kernel/vfs/mounts.ts';
export {
  type DirectoryEntry,
  type FileDigest,
  type FileStatus,
  SyscallCompletionEntry,
  type SyscallResult,
} from './manager/completion-entry.ts';
export {
  IoUringManager,
  type KernelEvent,
  type KernelOptions,
  type ManagerHandle,
  type RingOptions,
} from './manager/manager.ts';
export type { Jail, MountOptions } from './manager/mounts.ts';
export type { Plan } from './manager/plan.ts';
export type { PathBytes } from './manager/plans.ts';
export type { ExecutorStats, KernelStats, OperationStats } from './manager/stats.ts';
export { type EntryConstructors, SyscallSubmissionEntry } from './manager/submission-entry.ts';
export { op, type SqeWords } from './ops/define.ts';
export { prepRw } from './ops/encode.ts';
export { operations, operationTable } from './ops/table.ts';
export { Allocator, type AllocatorOptions, type Lease } from './ring/allocator.ts';
export { type MemoryHandle, ProcessMemory } from './ring/memory.ts';
