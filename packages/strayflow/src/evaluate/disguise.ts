import { ExpectedError } from "../base/errors.ts";
import { UNSET_BOOLEAN, type Batch } from "../zeek/batch.ts";
import { numberColumns } from "../zeek/builder.ts";
import { formatAddress, parseAddress } from "../zeek/address.ts";
import type { RowChanges, StrippableColumn } from "./piece.ts";
import { hostName } from "./host-name.ts";
import type { StreamPart } from "./stream-part.ts";
import type { Scenario } from "./scenario.ts";

/**
 * What has to change in attack rows of another log so that they look as the normal log's sensor would have logged them:
 * the originator, where the scenario names one, with that host's own `local_orig`; and columns that the normal log never
 * states, which would otherwise give every attack row away. The shift in time is the caller's.
 *
 * Adds a note on each change, and on columns that only the normal log states, which cannot be made up.
 */
export function changesForHost(
  train: StreamPart,
  testNormal: StreamPart,
  attack: StreamPart,
  asHost: string | undefined,
  { file }: Scenario,
  notes: string[],
): RowChanges {
  const normal = new Set([...batchesOf(train), ...batchesOf(testNormal)]);
  const inNormal = statedColumns(normal);
  const inAttack = statedColumns(new Set(batchesOf(attack)));
  const strip = [...inAttack].filter((column) => !inNormal.has(column));
  if (strip.length > 0) {
    notes.push(
      `attack: ${strip.join(", ")} made unset, as the normal log never states ${strip.length === 1 ? "it" : "them"}`,
    );
  }
  const only = [...inNormal].filter((column) => !inAttack.has(column));
  if (only.length > 0) {
    notes.push(
      `attack: never states ${only.join(", ")}, which the normal log does; that alone may give it away`,
    );
  }
  if (asHost === undefined) return { shiftSeconds: 0, strip };

  const originator = parseAddress(asHost)!;
  const wanted = hostName(originator, 0);
  const connections = new Map<string | number, number>();
  const locals = [0, 0, 0];
  for (const { orig_h, local_orig, rows } of normal) {
    for (let row = 0; row < rows; row++) {
      const name = hostName(orig_h, row);
      connections.set(name, (connections.get(name) ?? 0) + 1);
      if (name === wanted) locals[local_orig[row]!]!++;
    }
  }
  if (!connections.has(wanted)) {
    throw new ExpectedError(
      "too-few-rows",
      `attack.as_host: ${formatAddress(originator, 0)} opens no connection in the normal traffic, so it would be new by itself`,
      { file },
    );
  }
  return { shiftSeconds: 0, originator, localOrig: locals.indexOf(Math.max(...locals)), strip };
}

function batchesOf({ pieces }: StreamPart): readonly Batch[] {
  return pieces.map(({ batch }) => batch);
}

const optionalNumbers = numberColumns.filter((column) => column !== "ts");
const optionalTexts = ["service", "conn_state", "history"] as const;
const booleans = ["local_orig", "local_resp"] as const;

/** The columns of which at least one row has a value. */
export function statedColumns(batches: ReadonlySet<Batch>): Set<StrippableColumn> {
  const stated = new Set<StrippableColumn>();
  for (const batch of batches) {
    for (const column of optionalNumbers) {
      if (!stated.has(column) && batch[column].some((value) => !Number.isNaN(value))) stated.add(column);
    }
    for (const column of optionalTexts) {
      if (!stated.has(column) && batch[column].codes.some((code) => code !== 0)) stated.add(column);
    }
    for (const column of booleans) {
      if (!stated.has(column) && batch[column].some((value) => value !== UNSET_BOOLEAN)) stated.add(column);
    }
  }
  return stated;
}
