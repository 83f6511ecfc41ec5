/** Waits until something holds, looking often; fails after some seconds. */
export async function until(holds: () => boolean, what = "it"): Promise<void> {
  const limit = Date.now() + 5000;
  while (!holds()) {
    if (Date.now() > limit) throw new Error(`${what} did not happen within 5 s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
