/** The memory in which mounts note the descriptors that they keep for themselves. */
import { PARENTS_MAX } from '../../abi/limits.ts';

/**
 * Words in which one mount notes the descriptors that it keeps for itself, plus one, 0 for none: in
 * memory that outlives its thread, so that a successor closes them. A walk that is deeper than what
 * is left notes nothing more.
 */
export const MOUNT_NOTE_WORDS = PARENTS_MAX + 128;

/** Words of memory in which Mounts note descriptors. */
export const noteWords = (mounts: number): number => mounts * MOUNT_NOTE_WORDS;
