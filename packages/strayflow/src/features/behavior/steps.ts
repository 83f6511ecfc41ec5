/** One loop over the present rows. */
export type Step = () => void;

/**
 * Runs loops one after the other. Because many different ones are called from here, the compiler makes each of them a
 * function of its own: put together with others into a larger one, it checks every array anew in every turn of the
 * loop, which takes three times as long.
 */
export function runSteps(steps: readonly Step[]): void {
  for (let i = 0; i < steps.length; i++) steps[i]!();
}
