/** What must be true of chains: a small model of the rules D, F and H of SEMANTICS.md. */
import { fail } from '../../../src/abi/errno.ts';
import { CQE_FLAG, SQE_FLAG } from '../../../src/abi/flags.ts';
import { type Chain, isSilent, type LifeRing, type Placed, resName, told } from './placed.ts';
import { isFailure } from './results.ts';
import type { LifeWorld } from './world.ts';

const ECANCELED = fail('ECANCELED');

/** What the model says of one member. */
interface Fate {
  /** How often its operation is called: any number of times when undefined. */
  readonly runs: number | undefined;
  /** The result; undefined: what it was. */
  readonly res: number | undefined;
  readonly posts: boolean;
}

export function chainProblems(
  world: LifeWorld,
  ring: LifeRing,
  twins: ReadonlyMap<number, readonly Placed[]>,
): string[] {
  if (ring.isClosed) return [];
  return ring.chains.flatMap((chain) => {
    const isSingle = ({ key }: Placed): boolean => twins.get(key)!.length === 1;
    return chain.members.every(isSingle) ? problemsOf(world, chain) : [];
  });
}

const isDoomed = ({ members }: Chain): boolean => members.some(({ failure }) => failure !== 0);

function problemsOf(world: LifeWorld, chain: Chain): string[] {
  const fates = isDoomed(chain) ? doomedFates(chain) : fatesOf(world, chain);
  const found = chain.members.flatMap((member, i) => memberProblems(world, member, fates[i]!));
  return [...found, ...startProblems(world, chain)];
}

/**
 * D5: none is called; the bad ones tell why. Silence is the head's to ask for (F2), but for the
 * LINK_TIMEOUT that bounds the head (F4).
 */
function doomedFates({ members }: Chain): Fate[] {
  const isMuted = members.length > 1 && isSilent(members[0]!);
  return members.map((member, i) => {
    const { failure, entry } = member;
    const res = failure === 0 ? ECANCELED : failure;
    const isBound = i === 1 && failure === 0 && entry.op === 'linkTimeout';
    return { runs: 0, res, posts: i === 0 || !(isBound ? isSilent(member) : isMuted) };
  });
}

/** D2, D3: each is called once until one fails whose own link is a soft one. */
function fatesOf({ trace }: LifeWorld, { members }: Chain): Fate[] {
  let broken: Placed | undefined;
  return members.map((member, i) => {
    const before = members[i - 1];
    const isBehindBroken = broken !== undefined && before === broken;
    if (member.entry.op === 'linkTimeout' && (broken === undefined || isBehindBroken))
      return { runs: undefined, res: undefined, posts: !isSilent(member) }; // H2, F4
    if (broken !== undefined) return { runs: 0, res: ECANCELED, posts: !isSilent(broken) };
    const res = trace.endsOf(member.key)[0]?.res ?? 0;
    const failed = isFailure(member, res);
    if (failed && (member.flags & SQE_FLAG.IO_HARDLINK) === 0) broken = member;
    return { runs: 1, res: undefined, posts: failed || !isSilent(member) };
  });
}

function memberProblems({ trace }: LifeWorld, member: Placed, fate: Fate): string[] {
  const { key, ring, failure, chain } = member;
  const found: string[] = [];
  const say = (text: string) => found.push(`${told(member)}: ${text}`);
  const runs = trace.runsOf(key).length;
  if (fate.runs !== undefined && runs !== fate.runs) say(`ran ${runs} times, not ${fate.runs}`);
  const ends = trace.endsOf(key);
  const isSeen = failure === 0 || chain!.members.length > 1;
  if (isSeen && ends.length !== 1) say(`ended ${ends.length} times`);
  const isTerminal = ring.reaped.filter(
    (cqe) => cqe.key === key && (cqe.flags & CQE_FLAG.MORE) === 0,
  );
  if (isTerminal.length !== (fate.posts ? 1 : 0))
    say(`${isTerminal.length} terminal CQEs, not ${fate.posts ? 1 : 0}`);
  const res = isTerminal[0]?.res ?? ends[0]?.res;
  if (fate.res !== undefined && res !== fate.res)
    say(`ended with ${resName(res)}, not ${resName(fate.res)}`);
  if (isSeen && isTerminal.length === 1 && res !== ends[0]?.res)
    say(`posted ${resName(res)}, and ended with ${resName(ends[0]?.res)}`);
  return found;
}

/** D1: each begins when the one before it is over; the ends come in their order. */
function startProblems({ trace }: LifeWorld, { members }: Chain): string[] {
  const found: string[] = [];
  let before: Placed | undefined;
  for (const member of members) {
    if (member.entry.op === 'linkTimeout') continue;
    const overAt = before === undefined ? -1 : trace.endsOf(before.key)[0]?.at;
    const runAt = trace.runsOf(member.key)[0];
    const endAt = trace.endsOf(member.key)[0]?.at;
    if (overAt !== undefined && runAt !== undefined && runAt < overAt)
      found.push(`${told(member)}: began before ${told(before!)} was over`);
    if (overAt !== undefined && endAt !== undefined && endAt < overAt)
      found.push(`${told(member)}: ended before ${told(before!)}`);
    before = member;
  }
  return found;
}
