import { formatAddress } from "../../zeek/address.ts";
import type { Batch } from "../../zeek/batch.ts";
import { detectors } from "./detectors.ts";
import type { Evidence, Parties } from "./detector.ts";

/** Names the ends of a row as sentences do. A protocol that is not written as Zeek writes protocols is not repeated. */
export function partiesOf(batch: Batch, row: number): Parties {
  const name = batch.proto.values[batch.proto.codes[row]!]!;
  const proto = name === "" || /^[a-z0-9_]{1,20}$/.test(name) ? name : "other";
  const isIcmp = proto === "icmp" || proto === "icmp6";
  const service = isIcmp
    ? `ICMP type ${batch.orig_p[row]!}`
    : `port ${batch.resp_p[row]!}${proto === "tcp" || proto === "" ? "" : `/${proto}`}`;
  return {
    originator: formatAddress(batch.orig_h, row),
    responder: formatAddress(batch.resp_h, row),
    service,
  };
}

/** The evidence in words; the batch is the one that it was found in. */
export function sentenceOf({ detector, row, figures }: Evidence, batch: Batch): string {
  return detectors.find(({ id }) => id === detector)?.sentence(partiesOf(batch, row), figures) ?? "";
}
