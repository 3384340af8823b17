/** The public surface of uring: rings, the kernel on this thread, kernels on other threads. */
export { KernelError } from './client/error.ts';
export { createInlineRing } from './client/inline-ring.ts';
export type { RingHandle } from './client/polled-port.ts';
export { NONE, Ring } from './client/ring.ts';
export { type EnterCall, InlineKernel, type InlineParts } from './executor/inline.ts';
export { HostClock } from './host/clock.ts';
export { type Clock, type SleepingClock, VirtualClock } from './kernel/clock.ts';
export { type KernelCalls, PENDING } from './kernel/operation.ts';
export { Process } from './kernel/process.ts';
export type { Request } from './kernel/request.ts';
export {
  IoUringManager,
  type KernelEvent,
  type KernelOptions,
  type ManagerHandle,
  type RingOptions,
} from './manager/manager.ts';
export type { ExecutorStats, KernelStats } from './manager/stats.ts';
export { op, type SqeWords } from './ops/define.ts';
export { prepRw } from './ops/encode.ts';
export { operations, operationTable } from './ops/table.ts';
export { Allocator, type AllocatorOptions, type Lease } from './ring/allocator.ts';
export { type MemoryHandle, ProcessMemory } from './ring/memory.ts';
