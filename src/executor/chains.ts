/** Chains of linked requests: read as one, begun as one, broken by failures (SEMANTICS D, H). */
import { fail, type Res } from '../abi/errno.ts';
import { SQE_FLAG } from '../abi/flags.ts';
import { SQE_SHIFT } from '../abi/layout.ts';
import { OP } from '../abi/opcodes.ts';
import type { Request } from '../kernel/request.ts';
import type { KernelRing } from './kernel-ring.ts';
import { WORK } from './task-work.ts';

// A chain is a list through Request.link. While its entries are read, the ring remembers its ends;
// at the first entry without a link flag it is whole, and its head begins (or waits behind a
// barrier, barrier.ts). When a member ends, the next one begins in its turn (D1); when it fails
// and its own link is a soft one, all that follow end with ECANCELED, and none is called (D2, D3).
//
// A member whose preparation failed dooms the chain while it is read: it is kept with its errno,
// the head with ECANCELED, and nothing of the chain is called, hard links or not (D5).
//
// A LINK_TIMEOUT is not called in its turn: it stands behind the request that it bounds and is
// armed when that one pends (H1), or ends with ECANCELED when that one is over before.

const LINKS = (SQE_FLAG.IO_LINK | SQE_FLAG.IO_HARDLINK) << SQE_SHIFT.flags;
const HARDLINK = SQE_FLAG.IO_HARDLINK << SQE_SHIFT.flags;
const SKIP = SQE_FLAG.CQE_SKIP_SUCCESS << SQE_SHIFT.flags;
const ECANCELED = fail('ECANCELED');

/** Notes what a request is to do. */
export type AddWork = (request: Request, work: number, res: Res) => void;

/** Whether an entry ties the next one to itself. */
export const isLinked = (head: number): boolean => (head & LINKS) !== 0;

/** Members of a chain from `head` on. */
export function chainLength(head: Request): number {
  let length = 1;
  for (let member = head.link; member !== undefined; member = member.link) length++;
  return length;
}

/** Ties an entry that was read to the chain that its ring has open, or opens one with it. */
export function join(ring: KernelRing, request: Request): void {
  const { chainHead, chainTail } = ring;
  if (request.failure !== 0 && chainHead !== undefined && chainHead.failure === 0)
    chainHead.failure = ECANCELED;
  if (chainTail === undefined) ring.chainHead = request;
  else chainTail.link = request;
  ring.chainTail = request;
}

/** The chain is whole: its head, with all others behind it. */
export function closeChain(ring: KernelRing): Request | undefined {
  const { chainHead } = ring;
  ring.chainHead = undefined;
  ring.chainTail = undefined;
  return chainHead;
}

/** Takes the LINK_TIMEOUT that bounds a request from behind it; undefined: it has none there. */
export function takeLinkTimeout(request: Request): Request | undefined {
  const { link } = request;
  if (link === undefined || link.operation.code !== OP.LINK_TIMEOUT) return undefined;
  if (link.failure !== 0) return undefined; // it bounds nothing, and says why (H3)
  request.link = link.link;
  link.link = undefined;
  return link;
}

/** A request ended: what was tied to it begins, or ends with it. */
export function releaseLinks(request: Request, failed: boolean, add: AddWork): void {
  const timeout = request.linkTimeout ?? takeLinkTimeout(request);
  if (timeout !== undefined) {
    request.linkTimeout = undefined;
    timeout.bounds = undefined;
    add(timeout, WORK.FINISH, ECANCELED);
  }
  const { link, head } = request;
  if (link === undefined) return;
  request.link = undefined;
  const isHard = (head & HARDLINK) !== 0 && request.failure === 0;
  if (failed && !isHard) cancelFrom(link, (head & SKIP) !== 0, add);
  else add(link, WORK.START, 0);
}

/** Ends a rest of a chain, in order; silently, if the member that failed was to be silent (F2). */
function cancelFrom(first: Request, muted: boolean, add: AddWork): void {
  for (let member: Request | undefined = first; member !== undefined; ) {
    const next: Request | undefined = member.link;
    member.link = undefined;
    member.isMuted = muted;
    if (!muted) member.head &= ~SKIP;
    add(member, WORK.FINISH, member.failure === 0 ? ECANCELED : member.failure);
    member = next;
  }
}
