/** Which scenarios this kernel can run: what each of the others is waiting for. */
import { SETUP, SQE_FLAG } from '../../src/abi/flags.ts';
import { OP } from '../../src/abi/opcodes.ts';
import { SQE_FLAGS_KNOWN } from '../../src/executor/dispatch.ts';
import { operationTable } from '../../src/ops/table.ts';
import type { Scenario, Step } from './runner/scenario.ts';

const RESOURCES = new Set(['ring', 'mem', 'ts']);
const CALLS = new Set(['REGISTER_PROBE', 'REGISTER_ENABLE_RINGS']);
const STEPS = new Set(
  'sqe index publish enter cqes reap none sleep state reg setup mem poke'.split(' '),
);
const RINGS_OF_LATER = ['DEFER_TASKRUN', 'COOP_TASKRUN', 'SQPOLL', 'TASKRUN_FLAG'];
const ENTER_OF_LATER = ['ts', 'arg', 'argsz', 'min_wait'];
const table = operationTable();

const flagBits = (flags: unknown, group: Readonly<Record<string, number>>): number =>
  String(flags ?? '')
    .split('|')
    .reduce((all, word) => all | (group[word] ?? 0), 0);

function missingInStep(step: Step): string | undefined {
  const verb = Object.keys(step).find((key) => STEPS.has(key));
  if (verb === undefined || 'task' in step) return `step ${Object.keys(step).join()}`;
  const { sqe, enter, reg, mem } = step;
  const names = JSON.stringify(mem?.[1] ?? []).match(/[A-Z_]{3,}/g) ?? []; // what a probe tells of
  const unprobed = names.find((name) => table[OP[name as keyof typeof OP]] === undefined);
  if (unprobed !== undefined) return `operation ${unprobed}`;
  if (sqe !== undefined) {
    const code = OP[sqe['op'] as keyof typeof OP];
    if (code !== undefined && table[code] === undefined) return `operation ${sqe['op']}`;
    const unknown = flagBits(sqe['flags'], SQE_FLAG) & ~SQE_FLAGS_KNOWN;
    if (unknown !== 0 || flagBits(sqe['flags'], SQE_FLAG) & SQE_FLAG.BUFFER_SELECT)
      return `flags ${sqe['flags']}`;
  }
  if (enter !== undefined && ENTER_OF_LATER.some((key) => key in enter)) return 'a timed wait';
  return reg !== undefined && !CALLS.has(String(reg[0])) ? `call ${reg[0]}` : undefined;
}

/** What the first thing is that a scenario needs and this kernel lacks; undefined: nothing. */
export function missing({ res = {}, steps }: Scenario): string | undefined {
  for (const resource of Object.values(res)) {
    const kind = Object.keys(resource)[0] ?? '';
    if (!RESOURCES.has(kind)) return `resource ${kind}`;
    const flags = String(resource.flags ?? '').split('|');
    if (flags.some((flag) => RINGS_OF_LATER.includes(flag) && flag in SETUP))
      return `ring ${flags}`;
  }
  for (const step of steps) {
    const lacks = missingInStep(step);
    if (lacks !== undefined) return lacks;
  }
  return undefined;
}
