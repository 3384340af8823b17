/** Scenarios that cannot apply to a simulator, each with its reason; the runner prints both. */

/** By the name in the file. */
export const INAPPLICABLE: Readonly<Record<string, string>> = {};
