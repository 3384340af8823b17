/** Checks that a scenario is in the format, before any of it runs: no key or name is unknown. */
import type { Mode, Scenario } from './scenario.ts';
import { Scope, sqFlags } from './scope.ts';
import {
  type Check,
  count,
  duration,
  either,
  fields,
  isA,
  isList,
  isObject,
  listOf,
  oneOf,
  refuse,
  text,
  tuple,
  yes,
} from './shape.ts';
import { SQE_FIELDS } from './sqe-fields.ts';

const MODES: readonly Mode[] = ['enter', 'poll'];
const CLOCKS = ['MONOTONIC', 'REALTIME', 'BOOTTIME'] as const;
const isText = (value: unknown): boolean => typeof value === 'string';
const isScalar = (value: unknown): boolean => isText(value) || typeof value === 'number';
const optional = (names: readonly string[], check: Check): Record<string, Check> =>
  Object.fromEntries(names.map((name) => [`${name}?`, check]));

/** Checks by verb or by kind of resource, with the keys that may stand beside it. */
type Variants = Readonly<Record<string, Readonly<Record<string, Check>>>>;

/** An object with exactly one of the keys of `variants`, and keys that go with it. */
function variantOf(variants: Variants, common: Readonly<Record<string, Check>>): Check {
  return (value, place) => {
    if (!isObject(value)) return refuse(place, `${JSON.stringify(value)} is not an object`);
    const found = Object.keys(variants).filter((key) => Object.hasOwn(value, key));
    const [kind, second] = found;
    if (kind === undefined) return refuse(place, `unknown: ${Object.keys(value).join(', ')}`);
    if (second !== undefined) refuse(place, `both ${kind} and ${second}`);
    fields({ ...variants[kind], ...common })(value, place);
  };
}

/** The resources: what may be said of each. */
function resourceCheck({ operand, layout, contents }: Scope): Check {
  const openFlags = either('flags or null', [
    [(value) => value === null, () => {}],
    [isScalar, operand],
  ]);
  const flag = isA('true or false', (value) => typeof value === 'boolean');
  const port = either('a port', [
    [(value) => value === 'unused', text],
    [isScalar, operand],
  ]);
  const variants: Variants = {
    ring: { ring: operand, 'flags?': operand, 'cq?': operand, 'idle?': operand },
    mem: { mem: layout, 'align?': count },
    ts: { ts: duration, 'clock?': oneOf(...CLOCKS) },
    pipe: { pipe: operand },
    file: { file: contents, 'open?': openFlags },
    dir: { dir: yes },
    pair: { pair: operand },
    socket: { socket: tuple([operand, operand]), 'bind?': flag, 'listen?': operand },
    addr: { addr: tuple([text, port]) },
    eventfd: { eventfd: operand },
  };
  return variantOf(variants, {});
}

/** The names that a resource makes. */
function namesOf(name: string, resource: object): string[] {
  if ('pipe' in resource) return [`${name}.r`, `${name}.w`];
  if ('pair' in resource) return [`${name}.a`, `${name}.b`];
  if ('addr' in resource) return [name, `${name}.len`];
  if ('bind' in resource && resource.bind === true)
    return [name, `${name}.addr`, `${name}.addrlen`];
  const isOpen = !('open' in resource) || resource.open !== null;
  if ('file' in resource || 'dir' in resource)
    return isOpen ? [name, `${name}.path`] : [`${name}.path`];
  return [name];
}

/** The verbs of `host` steps: what follows each, and what it is compared with. */
function hostVerbs(scope: Scope): Readonly<Record<string, { args: Check[]; is: Check }>> {
  const { operand, result, contents, layout } = scope;
  const created: Check = (value, place) => {
    text(value, place);
    scope.add(String(value), place);
  };
  const bytes = either('a text or a layout', [
    [isText, text],
    [isList, layout],
  ]);
  const orNull = (check: Check): Check =>
    either('null or what it holds', [
      [(value) => value === null, () => {}],
      [() => true, check],
    ]);
  const facts = fields({
    'type?': oneOf('file', 'dir', 'link'),
    ...optional(['size', 'links', 'mode'], operand),
    'target?': text,
  });
  return {
    write: { args: [operand, contents], is: result },
    read: { args: [operand, operand], is: bytes },
    close: { args: [operand], is: result },
    shutdown: { args: [operand, operand], is: result },
    connect: { args: [created, operand], is: result },
    accept: { args: [created, operand], is: result },
    dup: { args: [created, operand], is: result },
    tell: { args: [operand], is: result },
    count: { args: [operand], is: result },
    cat: { args: [text], is: orNull(bytes) },
    stat: { args: [text], is: orNull(facts) },
  };
}

/** Checks a `host` step; its arguments first, because they may create the name that `is` has. */
function hostCheck(scope: Scope): Check {
  const verbs = new Map(Object.entries(hostVerbs(scope)));
  return (value, place) => {
    if (!isObject(value) || !isList(value['host'])) return refuse(place, 'host is no list');
    const [verb, ...args] = value['host'];
    const known = verbs.get(String(verb)) ?? refuse(place, `unknown host verb ${verb}`);
    tuple(known.args)(args, `${place}.host`);
    if ('is' in value) known.is(value['is'], `${place}.is`);
  };
}

function enterCheck({ operand, result }: Scope): Check {
  return fields({
    ...optional(['submit', 'wait'], count),
    ...optional(['flags', 'ts', 'arg', 'argsz', 'fd'], operand),
    'min_wait?': duration,
    'ret?': result,
    'elapsed?': tuple([duration, duration]),
  });
}

/** The steps: what each verb takes. */
function stepCheck(scope: Scope): Check {
  const { operand, result, layout, cqes } = scope;
  const sizes = { 'sq_entries?': operand, 'cq_entries?': operand };
  const host = hostCheck(scope);
  const variants: Variants = {
    sqe: { sqe: fields(optional([...SQE_FIELDS.keys()], operand)), 'slot?': count },
    index: { index: listOf(operand) },
    publish: { publish: count },
    enter: { enter: enterCheck(scope) },
    cqes: { cqes },
    reap: { reap: cqes },
    none: { none: duration },
    sleep: { sleep: duration },
    state: {
      state: fields({
        ...optional(['ready', 'pending', 'overflow', 'dropped'], operand),
        ...sizes,
        'flags?': sqFlags,
      }),
    },
    reg: { reg: tuple([operand, operand, operand]), 'ret?': result, 'fd?': operand },
    setup: {
      setup: fields(optional(['entries', 'flags', 'cq', 'idle', 'wq_fd', 'resv'], operand)),
      is: fields({ 'ret?': result, ...sizes }),
    },
    resize: {
      resize: fields({ entries: operand, ...optional(['cq', 'flags'], operand) }),
      'ret?': result,
    },
    mem: { mem: tuple([operand, layout]) },
    poke: { poke: tuple([operand, layout]) },
    bufs: {
      bufs: fields({
        ring: operand,
        entries: count,
        add: listOf(tuple([operand, operand, operand])),
      }),
    },
    host: { host: () => {}, 'is?': () => {} },
  };
  const shape = variantOf(variants, {
    'task?': text,
    'ring?': (value, place) => ringName(scope, value, place),
  });
  return (value, place) => {
    shape(value, place);
    if (isObject(value) && 'host' in value) host(value, place);
  };
}

function ringName(scope: Scope, value: unknown, place: string): void {
  text(value, place);
  if (!scope.has(String(value))) refuse(place, `there is no ring ${value}`);
}

/** The scenario that `value` is; throws a ScenarioError when it is none. */
export function checkScenario(value: unknown): Scenario {
  const scope = new Scope();
  const resource = resourceCheck(scope);
  const resources: Check = (all, place) => {
    if (!isObject(all)) return refuse(place, 'is not an object');
    for (const [name, entry] of Object.entries(all)) {
      resource(entry, `${place}.${name}`);
      for (const made of namesOf(name, entry as object)) scope.add(made, `${place}.${name}`);
    }
  };
  const modes: Check = (all, place) => {
    listOf(oneOf(...MODES))(all, place);
    if (isList(all) && (all.length === 0 || new Set(all).size < all.length))
      refuse(place, 'modes are none, or repeat');
  };
  const { res, ...rest } = isObject(value) ? value : refuse('', 'is not an object');
  if (res !== undefined) resources(res, 'res'); // before the steps, which may stand before it
  fields({
    name: text,
    'why?': text,
    'cite?': listOf(text),
    modes,
    steps: listOf(stepCheck(scope)),
  })(rest, '');
  return value as unknown as Scenario;
}
