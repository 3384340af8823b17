/** Which entries fail when they are read, by SEMANTICS.md: the simulation's own view. */
import { fail, type Res } from '../../../src/abi/errno.ts';
import { ASYNC_CANCEL, POLL_FLAG, SQE_FLAG } from '../../../src/abi/flags.ts';
import { MSG, RECVSEND } from '../../../src/abi/net.ts';
import type { Chain, LifeRing, Placed } from './placed.ts';

const { IO_LINK, IO_HARDLINK, IO_DRAIN, BUFFER_SELECT, CQE_SKIP_SUCCESS } = SQE_FLAG;
const SELECTING = ['read', 'recv', 'readMany'];
const EINVAL = fail('EINVAL');

export const isLinked = ({ flags }: Placed): boolean => (flags & (IO_LINK | IO_HARDLINK)) !== 0;

/** Notes that an entry was taken: its chain, and how its preparation fails. */
export function take(ring: LifeRing, placed: Placed): void {
  placed.failure = failureOf(ring, placed);
  if (ring.open === undefined) {
    ring.open = { members: [], order: ring.chains.length };
    ring.chains.push(ring.open);
  }
  ring.open.members.push(placed);
  placed.chain = ring.open;
  if (!isLinked(placed)) ring.open = undefined;
}

function failureOf(ring: LifeRing, placed: Placed): Res {
  const { op } = placed.entry;
  const { flags } = placed;
  if (op === 'unknown') return EINVAL;
  if ((flags & BUFFER_SELECT) !== 0 && !SELECTING.includes(op)) return fail('EOPNOTSUPP');
  if ((flags & CQE_SKIP_SUCCESS) !== 0) ring.hasSilent = true;
  if ((flags & IO_DRAIN) !== 0 && ring.hasSilent) return fail('EOPNOTSUPP'); // E5
  return failureOfItsOwn(placed, ring.open);
}

function failureOfItsOwn({ entry, flags }: Placed, open: Chain | undefined): Res {
  const { op, bits, size, ns } = entry;
  const isSilent = (flags & CQE_SKIP_SUCCESS) !== 0;
  switch (op) {
    case 'badNop':
      return EINVAL;
    case 'linkTimeout': {
      const before = open?.members.at(-1);
      return before === undefined || before.entry.op === op ? EINVAL : 0; // H3
    }
    case 'poll':
      return isSilent && (size & POLL_FLAG.ADD_MULTI) !== 0 ? EINVAL : 0; // F4
    case 'recv': {
      if ((ns & RECVSEND.MULTISHOT) === 0) return 0;
      const selects = (flags & BUFFER_SELECT) !== 0;
      return selects && (bits & MSG.WAITALL) === 0 ? 0 : EINVAL; // N3
    }
    case 'cancel': {
      const isKeyed = (bits & (ASYNC_CANCEL.FD | ASYNC_CANCEL.OP)) !== 0;
      return isKeyed && (bits & ASYNC_CANCEL.ANY) !== 0 ? EINVAL : 0; // I2
    }
    default:
      return 0;
  }
}
