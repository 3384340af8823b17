/** Swaps what a name stands for, over and over, until it is told to stop. */
import { renameSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { Swap } from '../swapper.ts';

const { name, aside, other } = workerData as Swap;
const port = parentPort!;

port.postMessage('swapping');
do {
  renameSync(name, aside);
  if (other !== undefined) {
    renameSync(other, name);
    renameSync(name, other);
  }
  renameSync(aside, name);
} while (receiveMessageOnPort(port) === undefined);
