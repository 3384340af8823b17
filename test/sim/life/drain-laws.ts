/** What must be true of barriers: rule E1 of SEMANTICS.md, looked at from both sides. */
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import { type Chain, type LifeRing, type Placed, told } from './placed.ts';
import type { LifeWorld } from './world.ts';

// A chain of which a member's preparation failed is over at once, barrier or not: its entries are
// no part of this.

const isWhole = ({ members }: Chain): boolean => members.every(({ failure }) => failure === 0);

const isDrained = ({ members }: Chain): boolean =>
  members.some(({ flags }) => (flags & SQE_FLAG.IO_DRAIN) !== 0);

export function drainProblems(
  world: LifeWorld,
  ring: LifeRing,
  twins: ReadonlyMap<number, readonly Placed[]>,
): string[] {
  if (ring.isClosed) return [];
  const isSingle = ({ key }: Placed): boolean => twins.get(key)!.length === 1;
  const chains = ring.chains.filter(isWhole);
  const drained = chains.filter((chain) => isDrained(chain) && chain.members.every(isSingle));
  return drained.flatMap((barrier) =>
    chains.flatMap((chain) => {
      if (chain.order < barrier.order) return earlierProblems(world, barrier, chain, twins);
      return chain.order > barrier.order ? laterProblems(world, barrier, chain, twins) : [];
    }),
  );
}

/** Of equal user_data, those that were taken before a barrier. */
const countBefore = (twins: readonly Placed[], barrier: Chain): number =>
  twins.filter(({ chain }) => chain !== undefined && chain.order < barrier.order).length;

/** What was submitted before is over before the barrier begins, and its CQEs come first. */
function earlierProblems(
  { trace }: LifeWorld,
  barrier: Chain,
  chain: Chain,
  twins: ReadonlyMap<number, readonly Placed[]>,
): string[] {
  const head = barrier.members[0]!;
  const beganAt = trace.runsOf(head.key)[0];
  if (beganAt === undefined) return [`${told(head)}: never began`];
  return chain.members.flatMap((member) => {
    if (twins.get(member.key)!.some(({ failure }) => failure !== 0)) return [];
    const over = trace.endsOf(member.key).filter(({ at }) => at < beganAt).length;
    return over >= countBefore(twins.get(member.key)!, barrier)
      ? []
      : [`${told(head)}: its barrier fell before ${told(member)} was over`];
  });
}

/** What was submitted behind begins when all of the barrier's chain is over. */
function laterProblems(
  { trace }: LifeWorld,
  barrier: Chain,
  chain: Chain,
  twins: ReadonlyMap<number, readonly Placed[]>,
): string[] {
  const overAt = Math.max(...barrier.members.map(({ key }) => trace.endsOf(key)[0]?.at ?? -1));
  return chain.members.flatMap((member) => {
    const early = trace.runsOf(member.key).filter((at) => at < overAt).length;
    return early <= countBefore(twins.get(member.key)!, barrier)
      ? []
      : [`${told(member)}: began before ${told(barrier.members[0]!)} was over`];
  });
}
