// Every entry point of the package loads, offers what is named so, and leaves no trace.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

const manifest = new URL(import.meta.resolve('uring/package.json'));
/** @type {{ exports: Record<string, { types: string }> }} */
const { exports } = JSON.parse(readFileSync(manifest, 'utf8'));
/** What a program holds: timers, ports, opened standard streams; not the loader's own requests. */
const resources = () => process.getActiveResourcesInfo().filter((name) => !/Req/.test(name));

const globalsBefore = Object.getOwnPropertyNames(globalThis);
const resourcesBefore = resources();
const entries = Object.entries(exports).filter(([subpath]) => subpath !== './package.json');
for (const [subpath, { types }] of entries) {
  const offered = Object.entries(await import(subpath.replace('.', 'uring')));
  assert.ok(offered.length > 0, `${subpath} offers nothing`);
  const functions = offered.filter(([, value]) => typeof value === 'function');
  for (const [name, value] of functions) assert.equal(value.name, name); // as traces show it
  assert.ok(existsSync(new URL(types, manifest)), `${subpath} has no types`);
}
assert.deepEqual(Object.getOwnPropertyNames(globalThis), globalsBefore);
assert.deepEqual(resources(), resourcesBefore);

console.log(process.version, 'imports:', entries.map(([subpath]) => subpath).join(' '));
