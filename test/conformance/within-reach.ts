/** The areas of scenarios that this kernel has reached: all of them must pass there. */

export const AREAS_WITHIN_REACH: readonly string[] = ['batch', 'timeout', 'setup'];
