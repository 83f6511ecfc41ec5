import { escapeText } from "./escape.ts";
import type { JsonValue } from "../zeek/record.ts";

/** Who talked to whom over what, escaped: `10.0.0.23 -> [2001:db8::9]:8443 tcp ssl`. */
export function connectionText(record: Readonly<Record<string, JsonValue>>): string {
  const from = fieldText(record["id.orig_h"]);
  const to = fieldText(record["id.resp_h"]);
  const port = fieldText(record["id.resp_p"]);
  const proto = fieldText(record["proto"]);
  const service = fieldText(record["service"]);
  const words = [from, "->", endpoint(to, port, proto), proto, service];
  return escapeText(words.filter((word) => word !== "").join(" "));
}

/** ICMP has no ports: Zeek writes the message's type and code in their place. */
function endpoint(host: string, port: string, proto: string): string {
  if (port === "" || proto.startsWith("icmp")) return host;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function fieldText(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return "";
  if (isList(value)) return value.map(fieldText).join(",");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** `Array.isArray` does not narrow read-only arrays. */
function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
