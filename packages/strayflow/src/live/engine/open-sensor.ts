import { ExpectedError } from "../../base/errors.ts";
import type { SavedSensor } from "../../store/index.ts";
import { openSource, parsePosition, type FollowTimes, type SourceSpec } from "../sources/index.ts";
import { decodeEntry } from "./journal-entry.ts";
import type { ReadyModel } from "./open-model.ts";
import { parseSensorPosition } from "./sensor-position.ts";
import { SensorRun, type SensorWorld } from "./sensor-run.ts";
import type { EngineState } from "./state-file.ts";
import { StreamJudge, unheard } from "./stream-judge.ts";

export interface SensorStart {
  readonly spec: SourceSpec;
  readonly model: ReadyModel;
  /** What is read of a source that the store does not know yet. */
  readonly fromStart?: boolean | undefined;
  readonly since?: number | undefined;
  readonly times?: Partial<FollowTimes> | undefined;
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  readonly signal: AbortSignal;
}

/** Opens a sensor where the store says that it stood; a new one at the beginning. Whoever opens it runs and closes it. */
export async function openSensor(
  world: SensorWorld,
  saved: SavedSensor | undefined,
  { spec, model, fromStart, since, times, stdin, signal }: SensorStart,
): Promise<SensorRun> {
  const place = parseSensorPosition(saved?.position);
  const end = new AbortController();
  const source = await openSource(spec, {
    position: place === undefined ? undefined : parsePosition(place.source),
    fromStart,
    since,
    signal: AbortSignal.any([signal, end.signal]),
    clock: world.now,
    times,
    input: stdin,
  });
  const remarks: string[] = [];
  const judge = await openJudge(world, saved, model, remarks);
  judge.drift.rejected = place?.rejected ?? 0;
  return new SensorRun(world, {
    source,
    endSource: () => end.abort(),
    judge,
    saved,
    status: place?.troubles,
    remarks,
  });
}

/** The state at the place that was committed last: that of the last file, and what the journal says of the rows since. */
async function openJudge(
  world: SensorWorld,
  saved: SavedSensor | undefined,
  model: ReadyModel,
  remarks: string[],
): Promise<StreamJudge> {
  const { times } = world;
  const state = await readState(world, saved, remarks);
  if (state === undefined) return StreamJudge.open(model, { pValue: model.pValue, times });
  if (state.model !== model.hash) {
    remarks.push("the model is another one than before: it goes on from what its own training remembers");
    if (saved!.journal.length > 0)
      remarks.push("the run before was cut short: what it saw last is missing from open incidents");
    return StreamJudge.open(model, { pValue: model.pValue, state, times });
  }
  const judge = await StreamJudge.open(model, { pValue: state.pValue, state, times });
  for (const { bytes } of saved?.journal ?? []) {
    const { batch, kind } = decodeEntry(bytes);
    if (kind === "open") judge.takeOpen(batch, unheard);
    else await judge.finish(judge.begin(batch), unheard);
  }
  if (state.pValue === model.pValue) return judge;
  const again = await StreamJudge.open(model, { pValue: model.pValue, state: await judge.save(), times });
  await judge.close();
  return again;
}

async function readState(
  { folder, log }: SensorWorld,
  saved: SavedSensor | undefined,
  remarks: string[],
): Promise<EngineState | undefined> {
  if (saved?.snapshot === undefined) return undefined;
  try {
    return await folder.read(saved.snapshot.file);
  } catch (error) {
    // No row is lost or repeated without it; what the program remembers of hosts is.
    if (!(error instanceof ExpectedError) || error.kind !== "store-damaged") throw error;
    log.error({ error: error.message }, "the saved state is lost");
    remarks.push(
      `${error.message}: what was remembered of the traffic is lost, and begins anew from the model`,
    );
    return undefined;
  }
}
