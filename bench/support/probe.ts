/**
 * What a program in `probes/` does: takes its options as one JSON object from the command line, measures, and prints one
 * JSON object with its own peak memory added.
 */
export async function runsAsProbe<Options, Result extends object>(
  measure: (options: Options) => Promise<Result>,
): Promise<void> {
  const result = await measure(JSON.parse(process.argv[2] ?? "{}") as Options);
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(`${JSON.stringify({ ...result, peakRssBytes })}\n`);
}

/** What every probe adds to its result. */
export interface ProbeMemory {
  readonly peakRssBytes: number;
}
