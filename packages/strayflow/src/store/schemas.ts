import { z } from "zod";
import { ExpectedError } from "../base/errors.ts";
import { directions, type Filter } from "./filter.ts";
import { parseRange } from "./network.ts";
import type { Key, Measure } from "./query.ts";
import { addressColumns, booleanColumns, madeColumns, numberColumns, textColumns } from "./store-columns.ts";
import { isZone } from "./zone.ts";

const finite = z.number();
/** Seconds that fit into 64 bits as microseconds, with room for sums. */
export const timeSchema = z.number().min(-1e11).max(1e11);
const texts = z.array(z.string().nullable()).readonly();
const port = z.number().int().min(0).max(65_535);
export const networkSchema = z.string().refine((text) => parseRange(text) !== undefined, {
  error: ({ input }) => `expected an address or a network such as 10.0.0.0/8, found ${JSON.stringify(input)}`,
});
const networks = z.array(networkSchema).readonly();
const zone = z.string().refine(isZone, {
  error: ({ input }) => `expected a time zone such as Europe/Berlin, found ${JSON.stringify(input)}`,
});
export const portsSchema = z
  .array(z.union([port, z.strictObject({ from: finite.optional(), to: finite.optional() }).readonly()]))
  .readonly();

const numberColumnSchema = z.enum([...numberColumns, ...madeColumns]);
const storeColumnSchema = z.enum([...numberColumns, ...madeColumns, ...textColumns, ...booleanColumns]);
const anyColumnSchema = z.enum([...storeColumnSchema.options, ...addressColumns]);

const conditions = {
  host: networks.optional(),
  orig: networks.optional(),
  resp: networks.optional(),
  pair: z
    .array(z.tuple([networkSchema, networkSchema]).readonly())
    .readonly()
    .optional(),
  origPort: portsSchema.optional(),
  respPort: portsSchema.optional(),
  proto: texts.optional(),
  service: texts.optional(),
  serviceHas: z.array(z.string()).readonly().optional(),
  state: texts.optional(),
  history: texts.optional(),
  historyHas: z.array(z.string().min(1)).readonly().optional(),
  label: texts.optional(),
  uid: z.array(z.string()).readonly().optional(),
  direction: z.array(z.enum(directions)).readonly().optional(),
  flagged: z.boolean().optional(),
  numbers: z
    .array(
      z
        .strictObject({ column: numberColumnSchema, from: finite.optional(), to: finite.optional() })
        .readonly(),
    )
    .readonly()
    .optional(),
  set: z.array(storeColumnSchema).readonly().optional(),
  source: z.array(z.number().int().min(0).max(0xffffffff)).readonly().optional(),
};

export const filterSchema: z.ZodType<Filter> = z.strictObject({
  ...conditions,
  from: timeSchema.optional(),
  to: timeSchema.optional(),
  not: z.strictObject(conditions).optional(),
});

const minutes = z
  .number()
  .int()
  .min(1)
  .max(1440)
  .refine((value) => 1440 % value === 0, { error: "expected minutes that divide a day, such as 30" });

const keySchema: z.ZodType<Key> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("column"), column: storeColumnSchema }),
  z.strictObject({ kind: z.literal("host"), side: z.enum(["orig", "resp", "either"]) }),
  z.strictObject({ kind: z.enum(["peer", "role", "direction", "source"]) }),
  z.strictObject({ kind: z.literal("pair"), ordered: z.boolean().optional() }),
  z.strictObject({ kind: z.enum(["time", "time-of-day"]), minutes, zone }),
  z.strictObject({ kind: z.enum(["date", "weekday", "hour"]), zone }),
  z.strictObject({
    kind: z.literal("bin"),
    column: numberColumnSchema,
    from: finite,
    width: z.number().positive(),
  }),
  z.strictObject({
    kind: z.literal("log-bin"),
    column: numberColumnSchema,
    perDecade: z.number().positive(),
  }),
]) as z.ZodType<Key>;

const where = filterSchema.optional();
const measures: z.ZodType<Measure> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("count"), where }),
  z.strictObject({ kind: z.literal("share"), where: filterSchema }),
  z.strictObject({ kind: z.enum(["sum", "mean", "min", "max"]), column: numberColumnSchema, where }),
  z.strictObject({
    kind: z.literal("quantile"),
    column: numberColumnSchema,
    q: z.number().min(0).max(1),
    where,
  }),
  z.strictObject({
    kind: z.literal("distinct"),
    of: z.union([keySchema, z.array(keySchema).min(1).readonly()]),
    approximate: z.boolean().optional(),
    where,
  }),
  z.strictObject({ kind: z.literal("set"), column: storeColumnSchema, where }),
]);

const limit = z.number().int().min(1);

export const querySchemas = {
  aggregate: z.strictObject({
    by: z.record(z.string(), keySchema),
    measures: z.record(z.string(), measures),
    where,
    order: z
      .array(z.strictObject({ by: z.string(), descending: z.boolean().optional() }))
      .readonly()
      .optional(),
    limit: limit.optional(),
  }),
  profile: z.strictObject({
    column: anyColumnSchema,
    where,
    quantiles: z.array(z.number().min(0).max(1)).readonly().optional(),
    top: z.number().int().min(0).max(10_000).optional(),
    mostCounted: limit.optional(),
  }),
  correlations: z.strictObject({
    columns: z.array(numberColumnSchema).readonly(),
    method: z.enum(["pearson", "spearman"]),
    where,
    mostRows: z.number().int().min(2).optional(),
  }),
  gaps: z.strictObject({ longerThan: z.number().min(1e-6).max(1e11), where, limit: limit.optional() }),
  rows: z.strictObject({
    where,
    order: z.strictObject({ by: numberColumnSchema, descending: z.boolean().optional() }).optional(),
    limit: limit.max(10_000).optional(),
    cursor: z.string().optional(),
  }),
  firstContacts: z.strictObject({
    of: z.enum(["pair", "host-service", "host"]),
    since: timeSchema.optional(),
    where,
    limit: limit.optional(),
  }),
} as const;

/** Throws `ExpectedError` where a question is not one that can be asked; says which part of it and why. */
export function checkQuery(schema: z.ZodType, query: unknown): void {
  const { error } = schema.safeParse(query);
  if (error === undefined) return;
  const issue = error.issues[0]!;
  const part = issue.path.length === 0 ? "" : ` (${issue.path.join(".")})`;
  throw new ExpectedError("usage", `not a query that the store answers: ${issue.message}${part}`);
}
