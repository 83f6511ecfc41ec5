import { openSink, parseSinks, type OpenedSink, type SinkWorld } from "../../src/sinks/index.ts";

export const never = new AbortController().signal;

/** A sink as the configuration file would give it. */
export function openConfigured(config: object, world: Partial<SinkWorld> = {}): OpenedSink {
  const [parsed] = parseSinks([{ name: "test", ...config }]);
  return openSink(parsed!, { environment: {}, now: Date.now, onWarning: () => undefined, ...world });
}
