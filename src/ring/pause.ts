/** The hint a spinning thread gives its core; nothing where the engine has none. */

// Steps. F0 detects the feature. F1 touches no shared word: Atomics.pause (ES2025, Node 24 and
// later) orders nothing, it only lets the other side of a spin loop run better.

const pauseOfEngine: unknown = Reflect.get(Atomics, 'pause'); // F0

/** Lets a spinning core rest for a moment. */
export const pause: () => void =
  typeof pauseOfEngine === 'function' ? (pauseOfEngine as () => void) : () => {}; // F1
