import { z } from "zod";
import { parseRange } from "../../zeek/address-range.ts";
import type { SuppressionConditions } from "./suppression.ts";

const network = z.string().refine((text) => parseRange(text) !== undefined, {
  error: ({ input }) => `expected an address or a network such as 10.0.0.0/8, found ${JSON.stringify(input)}`,
});
const port = z.number().int().min(0).max(65_535);
const list = <Item extends z.ZodType>(item: Item) => z.array(item).min(1).readonly().optional();
const words = list(z.string().max(1000));

export const suppressionConditionsSchema: z.ZodType<SuppressionConditions> = z
  .strictObject({
    incident: words.describe("ids of incidents"),
    host: list(network).describe("either end, an address or a network"),
    orig: list(network).describe("the originator, an address or a network"),
    resp: list(network).describe("the responder, an address or a network"),
    pair: list(z.tuple([network, network]).readonly()).describe("between these two, whoever began"),
    port: list(
      z.union([port, z.strictObject({ from: port.optional(), to: port.optional() }).readonly()]),
    ).describe("the responder's port"),
    proto: words.describe("transport protocol: tcp, udp, icmp"),
    service: words.describe("service as logged"),
    kind: words.describe("a named detector, or the kind of an incident"),
    reason: words.describe("a feature among the reasons"),
    sensor: words.describe("name of the source"),
  })
  .refine((conditions) => Object.values(conditions).some((value) => value !== undefined), {
    error: "expected at least one condition: without any, everything would be suppressed",
  });
