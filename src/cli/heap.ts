/** Keeps the heaps of the command small; imported before all else, which would grow them. */
import { setFlagsFromString } from 'node:v8';

// A walk makes much garbage and keeps nothing. Left to itself, V8 lets its heaps grow for that:
// over 100,000 files the first two made 270 MB of memory 160 MB, in the same time. Once all modules
// are loaded it is too late for the young generation: it has grown to 8 MB. As for the others, each
// thread would have a copy of the engine's builtins beside its code, and compiling functions on
// threads of the engine would leave the memory that takes with several of them: 7 MB. The modules
// of a kernel are loaded by each of its threads; an engine that is told that size matters keeps
// 3 MB less of them, in the same time.
const FLAGS = [
  '--optimize-for-size',
  '--semi-space-growth-factor=1',
  '--heap-growing-percent=10',
  '--no-short-builtin-calls',
  '--no-concurrent-recompilation',
];

// A comparison is of speed, and its rivals shall have what they would have without us.
if (!process.argv.includes('--compare')) for (const flag of FLAGS) setFlagsFromString(flag);
