/** What must be true of every run, whatever its program: completions, order, and what is left. */
import { CQE_FLAG } from '../../../src/abi/flags.ts';
import { chainProblems } from './chain-laws.ts';
import { drainProblems } from './drain-laws.ts';
import { MESSAGE_HIGH } from './entries.ts';
import { type LifeRing, type Placed, resName, told } from './placed.ts';
import { GROUPS, OBJECTS } from './program.ts';
import { isPlausible } from './results.ts';
import { keyOf, type Seen } from './trace.ts';
import type { LifeWorld } from './world.ts';

const BUFFERS_MANY = 65_536;
const ID_SHIFT = 16;

/** Requests by their user_data. */
export function twinsOf(placed: readonly Placed[]): Map<number, Placed[]> {
  const groups = new Map<number, Placed[]>();
  for (const one of placed) {
    const group = groups.get(one.key);
    if (group === undefined) groups.set(one.key, [one]);
    else group.push(one);
  }
  return groups;
}

/** A ring whose requests may be cut off by want of rows: some laws do not say when. */
export const isTight = ({ spec }: LifeRing): boolean => spec.inFlightMax > 0;

export function lawsOf(world: LifeWorld): string[] {
  const twins = twinsOf(world.placed);
  const live = world.rings.filter(({ isClosed }) => !isClosed);
  return [
    ...world.rings.flatMap((ring) => orderProblems(world, ring)),
    ...[...twins.values()].flatMap((group) => endProblems(world, group)),
    ...world.rings
      .filter((ring) => !isTight(ring))
      .flatMap((ring) => [
        ...chainProblems(world, ring, twins),
        ...drainProblems(world, ring, twins),
      ]),
    ...messageProblems(world),
    ...pipeProblems(world),
    ...live.flatMap((ring) => bufferProblems(world, ring)),
    ...leaks(world, live),
  ];
}

/** CQEs come in the order in which results stood, through any backlog (C5). */
function orderProblems({ trace, placed }: LifeWorld, ring: LifeRing): string[] {
  // Want of rows may make any LINK_TIMEOUT the head of a chain, and so a bad entry.
  const isBad = ({ failure, entry }: Placed): boolean =>
    failure !== 0 || (isTight(ring) && entry.op === 'linkTimeout');
  const bad = new Set(placed.filter(isBad).map(({ key }) => key));
  const stood = (trace.stood.get(ring.kernelRing) ?? []).filter(({ key }) => !bad.has(key));
  const reaped = ring.reaped.filter(({ key }) => !bad.has(key));
  const at = reaped.findIndex(({ key }, i) => stood[i]?.key !== key);
  if (at >= 0)
    return [`ring ${ring.index}: CQE ${at} is of ${reaped[at]!.key}, not ${stood[at]?.key}`];
  return ring.isClosed || stood.length === reaped.length
    ? []
    : [`ring ${ring.index}: ${stood.length} results stood, ${reaped.length} were reaped`];
}

/** Each request ends once, after all else it posts; nothing runs twice. */
function endProblems({ trace }: LifeWorld, group: readonly Placed[]): string[] {
  const [first] = group as [Placed];
  const { ring, key } = first;
  const cqes = ring.reaped.filter((cqe) => cqe.key === key);
  const terminal = cqes.filter(({ flags }) => (flags & CQE_FLAG.MORE) === 0).length;
  const found: string[] = [];
  const say = (text: string) => found.push(`${told(first)}: ${text}`);
  const { length } = trace.runsOf(key);
  const ends = trace.endsOf(key);
  if (length > group.length) say(`ran ${length} times`);
  if (ends.length > group.length) say(`ended ${ends.length} times`);
  if (terminal > group.length) say(`${terminal} terminal CQEs`);
  const last = cqes.at(-1);
  if (group.length === 1 && terminal > 0 && (last!.flags & CQE_FLAG.MORE) !== 0)
    say('a CQE after the terminal one');
  if (group.length === 1)
    for (const { res } of ends)
      if (first.failure === 0 && !isPlausible(first, res)) say(`ended with ${resName(res)}`);
  if (ring.isClosed || ring.hasSilent) return found;
  if (terminal < group.length) say(`${terminal} terminal CQEs for ${group.length}`);
  return found;
}

/** A message that was sent arrives once (P1). */
function messageProblems(world: LifeWorld): string[] {
  const senders = world.placed.filter(({ entry }) => entry.op === 'message');
  return senders.flatMap((sender) => {
    const target = world.rings[sender.entry.on % world.rings.length]!;
    const ends = world.trace.endsOf(sender.key);
    if (target.isClosed || world.placed.filter(({ key }) => key === sender.key).length > 1)
      return [];
    const key = keyOf(sender.id, MESSAGE_HIGH);
    const arrived = target.reaped.filter((cqe) => cqe.key === key);
    const wanted = ends.filter(({ res }) => res === 0).length;
    const isRight = arrived.every(({ res }) => res === sender.entry.size);
    if (arrived.length === wanted && isRight) return [];
    return [`${told(sender)}: sent ${wanted}, ${arrived.length} arrived`];
  });
}

const isMoving = ({ res }: Seen): boolean => res > 0;

/** What went into a pipe and did not come out is in it: who was cancelled moved nothing (I1). */
function pipeProblems({ trace, placed, objects, poured }: LifeWorld): string[] {
  const moved = new Map<number, number>();
  const add = (object: number, bytes: number) =>
    moved.set(object, (moved.get(object) ?? 0) + bytes);
  for (const { key, entry, id } of placed) {
    if (id !== key) continue; // a twin: its results are those of the first
    const results = [...trace.endsOf(key), ...(trace.mores.get(key) ?? [])].filter(isMoving);
    const bytes = results.reduce((sum, { res }) => sum + res, 0);
    if (entry.op === 'read' || entry.op === 'readMany' || entry.op === 'write')
      add(entry.on, bytes);
    if (entry.op !== 'splice') continue;
    add(entry.on, bytes);
    add(entry.bits, bytes);
  }
  return objects.pipes.flatMap((pipe, i) => {
    const reader = OBJECTS.indexOf(`reader ${i as 0 | 1}`);
    const writer = OBJECTS.indexOf(`writer ${i as 0 | 1}`);
    const left = (moved.get(writer) ?? 0) - (moved.get(reader) ?? 0) + poured[i]!;
    if (!pipe.reader.isOpen || pipe.length === left) return [];
    return [`pipe ${i} holds ${pipe.length} bytes, by what was reported ${left}`];
  });
}

/** A provided buffer is taken by who names it, once, and by nobody else (M3). */
function bufferProblems({ trace, placed }: LifeWorld, ring: LifeRing): string[] {
  const found: string[] = [];
  const seen = new Set<number>();
  let [provided, taken] = [0, 0];
  for (const { entry, key, ring: own, id } of placed) {
    if (own !== ring || id !== key) continue;
    const ends = trace.endsOf(key);
    for (const { flags } of [...ends, ...(trace.mores.get(key) ?? [])]) {
      if ((flags & CQE_FLAG.BUFFER) === 0) continue;
      taken++;
      const buffer = flags >>> ID_SHIFT;
      if (seen.has(buffer)) found.push(`ring ${ring.index}: buffer ${buffer} was taken twice`);
      seen.add(buffer);
    }
    if (entry.op === 'provide') provided += entry.size * ends.filter(({ res }) => res === 0).length;
    if (entry.op === 'unprovide') for (const { res } of ends) provided -= Math.max(0, res);
  }
  let left = 0;
  for (let group = 0; group < GROUPS; group++)
    left += Math.max(0, ring.kernelRing.groups.remove(group, BUFFERS_MANY));
  if (provided - taken !== left && found.length === 0)
    found.push(`ring ${ring.index}: ${provided} buffers, ${taken} taken, ${left} left`);
  return found;
}

/** Nothing is in any list of the kernel when all has ended. */
function leaks({ kernel, process, memory, objects, files }: LifeWorld, live: LifeRing[]): string[] {
  const { machine } = kernel;
  const { ledger, continuations, work, nextDeadline, futexes } = machine;
  const counts: Readonly<Record<string, number>> = {
    'rows in use': ledger.rowsBusy,
    'deadlines armed': Number.isFinite(nextDeadline) ? 1 : 0,
    'work to do': work.hasReady ? 1 : 0,
    'host calls under way': continuations.underWay + files.underWay,
    'requests between slices': continuations.hasReady ? 1 : 0,
    'words slept on': futexes.wordsIn(memory),
  };
  const found = Object.entries(counts).filter(([, count]) => count !== 0);
  const slots = live.filter(({ spec }) => spec.registers).length;
  return [
    ...found.map(([name, count]) => `left behind: ${name}: ${count}`),
    ...live.flatMap(ringLeaks),
    ...objects.leaks(process, slots),
  ];
}

function ringLeaks({ kernelRing, index }: LifeRing): string[] {
  const { inFlight, pending, finished, deferred, chainHead, barrier, counting, waiters } =
    kernelRing;
  const counts: Readonly<Record<string, number>> = {
    'in flight': inFlight,
    pending: pending.size,
    finished,
    deferred: deferred.isEmpty ? 0 : 1,
    'chain open': chainHead === undefined ? 0 : 1,
    'held back': barrier?.held ?? 0,
    counting: counting.size,
    waiters: waiters.isEmpty ? 0 : 1,
    'host calls': kernelRing.hostCalls,
  };
  return Object.entries(counts)
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `ring ${index}: ${name}: ${count}`);
}
