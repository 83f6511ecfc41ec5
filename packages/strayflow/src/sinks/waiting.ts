/** The waits of a loop: for work, which a knock ends, and for time to pass, which only the loop's end cuts short. */
export class Waiting {
  #knocks = 0;
  #isOver = false;
  #ring: (() => void) | undefined;
  #isPausing = false;

  /** There is work. */
  wake(): void {
    this.#knocks++;
    if (!this.#isPausing) this.#ring?.();
  }

  /** Ends this wait and makes all later ones empty. */
  end(): void {
    this.#isOver = true;
    this.#ring?.();
  }

  /** To be given to `forWork`: knocks after this moment count. */
  mark(): number {
    return this.#knocks;
  }

  /** Until somebody has knocked since `mark`, at most so long. */
  async forWork(millis: number, mark: number): Promise<void> {
    if (this.#knocks === mark) await this.#sleep(millis, false);
  }

  async pause(millis: number): Promise<void> {
    if (millis > 0) await this.#sleep(millis, true);
  }

  async #sleep(millis: number, isPausing: boolean): Promise<void> {
    if (this.#isOver) return;
    this.#isPausing = isPausing;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#ring = resolve;
      timer = setTimeout(resolve, Math.min(millis, 2 ** 31 - 1));
    });
    clearTimeout(timer);
    this.#ring = undefined;
  }
}
