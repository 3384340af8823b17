/** What a run reached, so that a simulation that tests nothing is noticed. */
import { fail } from '../../../src/abi/errno.ts';
import {
  ASYNC_CANCEL,
  CQE_FLAG,
  POLL_FLAG,
  SQE_FLAG,
  TIMEOUT_FLAG,
} from '../../../src/abi/flags.ts';
import { POLL } from '../../../src/abi/poll.ts';
import { isSilent, type Placed } from './placed.ts';
import { isFailure } from './results.ts';
import type { LifeWorld } from './world.ts';

const ETIME = fail('ETIME');
const ECANCELED = fail('ECANCELED');
const EALREADY = fail('EALREADY');
const FILE_OPS = ['fileRead', 'fileWrite', 'fsync'];

/** What one request came to. */
interface Story {
  readonly placed: Placed;
  readonly res: number;
  readonly flags: number;
  readonly runs: number;
  readonly mores: number;
  /** Terminal CQEs. */
  readonly posts: number;
  readonly isAlone: boolean;
}

type Telling = readonly [feature: string, isReached: (story: Story) => boolean];

const is =
  (...ops: string[]) =>
  ({ placed }: Story): boolean =>
    ops.includes(placed.entry.op);
const all =
  (...tests: ((story: Story) => boolean)[]) =>
  (story: Story): boolean =>
    tests.every((test) => test(story));
const ended =
  (res: number) =>
  (story: Story): boolean =>
    story.res === res;
const bits =
  (wanted: number) =>
  ({ placed }: Story): boolean =>
    (placed.entry.bits & wanted) !== 0;
const flags =
  (wanted: number) =>
  ({ placed }: Story): boolean =>
    (placed.flags & wanted) !== 0;
const ran = ({ runs }: Story): boolean => runs > 0;
const isPlain = bits(0);

const TELLINGS: readonly Telling[] = [
  ['link timeout fired', all(is('linkTimeout'), ended(ETIME))],
  ['link timeout in vain', all(is('linkTimeout'), ended(EALREADY))],
  ['link timeout over', all(is('linkTimeout'), ran, ended(ECANCELED))],
  ['link timeout of a futex', all(is('linkTimeout'), ended(1))],
  ['timeout expired', all(is('timeout'), ended(ETIME))],
  ['timeout counted', all(is('timeout'), ended(0))],
  ['timeout fired again', all(is('timeout'), ({ mores }) => mores > 0)],
  ['timeout removed', all(is('removeTimeout'), (story) => !isPlain(story), ended(0))],
  ['timeout updated', all(is('removeTimeout'), bits(TIMEOUT_FLAG.UPDATE), ended(0))],
  ['cancel found one', all(is('cancel'), ended(0), (story) => !bits(ASYNC_CANCEL.ALL)(story))],
  ['cancel found many', all(is('cancel'), ({ res }) => res > 1)],
  ['cancel of a futex', all(is('cancel'), ended(1), (story) => !bits(ASYNC_CANCEL.ALL)(story))],
  ['cancel by file', all(is('cancel'), bits(ASYNC_CANCEL.FD), ({ res }) => res >= 0)],
  ['cancel by operation', all(is('cancel'), bits(ASYNC_CANCEL.OP), ({ res }) => res >= 0)],
  ['cancel of any', all(is('cancel'), bits(ASYNC_CANCEL.ANY), ({ res }) => res > 0)],
  ['cancel too late', all(is('cancel'), ended(EALREADY))],
  ['cancel of nothing', all(is('cancel'), ended(fail('ENOENT')))],
  ['host call withdrawn', all(is(...FILE_OPS), ran, ended(ECANCELED))],
  ['host error', all(is(...FILE_OPS), ended(fail('EIO')))],
  ['read taken back', all(is('read', 'recv', 'readMany'), ran, ended(ECANCELED))],
  ['end of a pipe', all(is('read', 'readMany'), ran, ended(0))],
  ['nobody reads', all(is('write', 'splice'), ended(fail('EPIPE')))],
  ['splice', all(is('splice'), ({ res }) => res > 0)],
  ['buffer selected', all(({ flags: cqe }) => (cqe & CQE_FLAG.BUFFER) !== 0)],
  ['no buffer', all(ended(fail('ENOBUFS')))],
  ['received again', all(is('recv', 'readMany'), ({ mores }) => mores > 0)],
  ['cut by overflow', all(is('readMany', 'recv'), ({ res, mores }) => res > 0 && mores > 0)],
  ['poll cut by overflow', all(is('poll'), multi, ({ res }) => res > 0)],
  ['poll again', all(is('poll'), multi, ({ mores }) => mores > 1)],
  ['poll hung up', all(is('poll'), ({ res }) => res > 0 && (res & POLL.HUP) !== 0)],
  ['poll waited', all(is('poll'), ({ res, placed }) => !multi({ placed } as Story) && res > 0)],
  ['poll removed', all(is('removePoll'), ({ placed }) => placed.entry.size === 0, ended(0))],
  ['poll updated', all(is('removePoll'), ({ placed }) => placed.entry.size !== 0, ended(0))],
  ['futex woken', all(is('futexWait', 'futexWaitv'), ({ res }) => res >= 0)],
  ['futex taken back', all(is('futexWait', 'futexWaitv'), ran, ended(ECANCELED))],
  ['message', all(is('message'), ended(0))],
  ['message refused', all(is('message'), ran, ({ res }) => res < 0)],
  ['silent success', all(({ placed, posts }) => isSilent(placed) && posts === 0)],
  ['silence refused a barrier', all(flags(SQE_FLAG.IO_DRAIN), ended(fail('EOPNOTSUPP')))],
  ['async', all(flags(SQE_FLAG.ASYNC), ran)],
  ['registered file', all(flags(SQE_FLAG.FIXED_FILE), ({ res }) => res >= 0)],
];

function multi({ placed }: Pick<Story, 'placed'>): boolean {
  return (placed.entry.size & POLL_FLAG.ADD_MULTI) !== 0;
}

/** Chains: how they broke, or did not. */
function chainFeatures({ trace, rings }: LifeWorld): string[] {
  const found: string[] = [];
  const resOf = ({ key }: Placed): number => trace.endsOf(key)[0]?.res ?? 0;
  for (const { members } of rings.flatMap(({ chains }) => chains)) {
    if (members.length === 1) continue;
    if (members.some(({ failure }) => failure !== 0)) {
      found.push('chain doomed');
      continue;
    }
    const failed = members.find((member) => isFailure(member, resOf(member)));
    if (failed === undefined) found.push('chain whole');
    else if ((failed.flags & SQE_FLAG.IO_HARDLINK) !== 0) found.push('hard link held');
    else if (isSilent(failed)) found.push('chain broken in silence');
    else found.push('chain broken');
    if (members.slice(1).some(({ flags: one }) => (one & SQE_FLAG.IO_DRAIN) !== 0))
      found.push('barrier in a chain');
  }
  return found;
}

export function featuresOf(world: LifeWorld): string[] {
  const { trace, placed } = world;
  const found = chainFeatures(world);
  const counts = new Map<number, number>();
  for (const { key } of placed) counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const one of placed) {
    const [end] = trace.endsOf(one.key);
    if (end === undefined) continue;
    const cqes = one.ring.reaped.filter(({ key }) => key === one.key);
    const story: Story = {
      placed: one,
      res: end.res,
      flags: end.flags,
      runs: trace.runsOf(one.key).length,
      mores: trace.mores.get(one.key)?.length ?? 0,
      posts: cqes.filter(({ flags: cqe }) => (cqe & CQE_FLAG.MORE) === 0).length,
      isAlone: counts.get(one.key) === 1,
    };
    for (const [feature, isReached] of TELLINGS) if (isReached(story)) found.push(feature);
    if (!story.isAlone) found.push('twins');
  }
  if (trace.renames > 0) found.push('poll renamed');
  return found;
}

/** Every feature that can be reached; those of the steps are noted by the simulation. */
export const FEATURES: readonly string[] = [
  ...TELLINGS.map(([feature]) => feature),
  'twins',
  'poll renamed',
  'chain whole',
  'chain doomed',
  'hard link held',
  'chain broken',
  'chain broken in silence',
  'barrier in a chain',
  'sync cancel',
  'want of rows',
  'stopped batch',
  'overflow',
  'sleeping poller',
  'task work of defer',
  'waiting barrier',
  'ring closed with requests',
  'ring closed with host calls',
  'ring closed with a backlog',
];
