import { ExpectedError } from "../../base/errors.ts";
import type { JsonValue } from "../../zeek/index.ts";
import type { Position } from "../sources/index.ts";
import type { SavedStatus } from "./sensor-status.ts";

/** What a sensor's run leaves in the store: the place in its logs, and what stands beside it. */
export interface SensorPosition {
  /** As `parsePosition` takes it. */
  readonly source: unknown;
  readonly troubles: SavedStatus;
  /** Lines rejected on the day of the stream that is under way. */
  readonly rejected: number;
}

export function packSensorPosition(position: SensorPosition & { readonly source: Position }): JsonValue {
  return { version: VERSION, ...position } as unknown as JsonValue;
}

/** What `packSensorPosition` made. Throws `store-version` where a later version did. */
export function parseSensorPosition(value: JsonValue | undefined): SensorPosition | undefined {
  if (value === undefined) return undefined;
  const { version, source, troubles, rejected } = value as unknown as SensorPosition & {
    readonly version: number;
  };
  if (version !== VERSION)
    throw new ExpectedError(
      "store-version",
      `the place of a sensor has version ${version}, expected ${VERSION}`,
    );
  return { source, troubles, rejected: rejected ?? 0 };
}

const VERSION = 1;
