import { ExpectedError } from "../base/errors.ts";
import { decodeBaseline, learnBaseline, openExtractor } from "../features/index.ts";
import type { Baseline, FeatureColumn, Preset } from "../features/index.ts";
import { loadBundle } from "../model/bundle.ts";
import type { Batch } from "../zeek/batch.ts";
import { BatchSpool, readConnections, type ReadTally } from "../zeek/index.ts";
import type { CommandContext } from "./command.ts";

/** The features of logs, before anything is written. */
export interface MatrixSource extends AsyncDisposable {
  readonly columns: readonly FeatureColumn[];
  /** Of the logs; complete when they have been read to their end. */
  readonly tally: ReadTally;
  /** Rows of the matrix; reads the logs where that has not been done. */
  readonly countRows: () => Promise<number>;
  /** The rows in order; the memory of a piece is used again for the next. */
  pieces(): AsyncGenerator<{ readonly matrix: Float32Array; readonly rows: number }>;
}

/** More of the logs than this waits in a temporary file while the baseline is learned. */
const spoolBytes = 256_000_000;

/**
 * Opens the matrix of `logs`: with a model's baseline in one pass over them, without a model in two, the first of which
 * learns the baseline.
 *
 * @throws ExpectedError as reading and loading do; "usage" where preset and model contradict each other
 */
export async function openMatrix(
  asked: {
    readonly logs: readonly string[];
    readonly preset: Preset | undefined;
    readonly model: string | undefined;
  },
  context: CommandContext,
): Promise<MatrixSource> {
  const connections = openConnections(asked.logs, context);
  try {
    const { preset, baseline } =
      asked.model === undefined
        ? await learnedBaseline(asked.preset ?? "behavior", connections, context)
        : await modelBaseline(asked.model, asked.preset);
    return matrixOf(preset, baseline, connections, context);
  } catch (error) {
    await connections[Symbol.asyncDispose]();
    throw error;
  }
}

function matrixOf(
  preset: Preset,
  baseline: Baseline,
  connections: Connections,
  { stage }: CommandContext,
): MatrixSource {
  const extractor = openExtractor(preset, baseline);
  return {
    columns: extractor.columns,
    tally: connections.tally,
    countRows: connections.countRows,
    async *pieces() {
      let matrix = new Float32Array(0);
      let done = 0;
      for await (const batch of connections.read()) {
        stage.signal?.throwIfAborted();
        if (matrix.length < batch.rows * extractor.width)
          matrix = new Float32Array(batch.rows * extractor.width);
        extractor.fill(matrix, batch);
        yield { matrix, rows: batch.rows };
        done += batch.rows;
        stage.onProgress?.({ stage: "features", rows: done, total: connections.tally.rows });
      }
    },
    [Symbol.asyncDispose]: () => connections[Symbol.asyncDispose](),
  };
}

async function learnedBaseline(preset: Preset, connections: Connections, { stage }: CommandContext) {
  const learner = learnBaseline(preset);
  await connections.keep((batch) => {
    stage.signal?.throwIfAborted();
    learner.learn(batch);
  });
  return { preset, baseline: learner.finish() };
}

async function modelBaseline(directory: string, preset: Preset | undefined) {
  const { manifest, baseline } = await loadBundle(directory);
  if (preset !== undefined && preset !== manifest.preset) {
    throw new ExpectedError(
      "usage",
      `--preset is ${preset}, but the model uses ${manifest.preset}: leave one of them out`,
    );
  }
  return { preset: manifest.preset, baseline: decodeBaseline(baseline) };
}

/** Connections that can be read more than once, whether they come from files or from standard input. */
interface Connections extends AsyncDisposable {
  readonly tally: ReadTally;
  /** Reads everything once and keeps it for `read`. */
  keep(visit?: (batch: Batch) => void): Promise<void>;
  readonly countRows: () => Promise<number>;
  read(): AsyncIterable<Batch>;
}

function openConnections(logs: readonly string[], { io, stage, onReject }: CommandContext): Connections {
  const reader = readConnections(logs, { ...stage, onReject, stdin: io.stdin });
  const spool = new BatchSpool({ memoryBytes: spoolBytes });
  let isKept = false;
  const keep = async (visit?: (batch: Batch) => void) => {
    for await (const batch of reader) {
      visit?.(batch);
      spool.append(batch);
    }
    isKept = true;
  };
  return {
    tally: reader.tally,
    keep,
    async countRows() {
      if (!isKept) await keep();
      return reader.tally.rows;
    },
    read: () => (isKept ? spool.replay() : reader),
    [Symbol.asyncDispose]: () => spool[Symbol.asyncDispose](),
  };
}
