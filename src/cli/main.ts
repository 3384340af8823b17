#!/usr/bin/env node
/** The `uring` command. */
import './heap.ts';
import { rawArguments } from './arguments.ts';
import { EXIT, SIGNALLED } from './exit.ts';
import { reasonOf } from './failure.ts';
import { runProgram } from './program.ts';

// What one command needs is not loaded for another: it would count in the peak memory of `sum`.

process.stderr.on('error', () => {}); // there is nowhere left to say so
process.stdout.on('error', () => {}); // commands listen for themselves; help may go unread

try {
  process.exitCode = await runProgram(
    rawArguments(process.argv.slice(2)),
    {
      sum: async ({ executors, compare, ...options }) => {
        const { UringEngine } = await import('./uring-engine.ts');
        const run = compare
          ? (await import('./compare.ts')).compare
          : (await import('./sum.ts')).sum;
        return run(options, UringEngine.opener(executors));
      },
      doctor: async (wishes) => (await import('./doctor.ts')).doctor(wishes),
    },
    { out: process.stdout, err: process.stderr },
  );
  if (process.exitCode > SIGNALLED) process.exit(); // what is still in flight is given up
} catch (error) {
  process.stderr.write(`uring: ${reasonOf(error)}\n`);
  process.exitCode = EXIT.failed;
}
