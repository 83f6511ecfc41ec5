import { z } from "zod";
import { severities } from "../../detect/incidents/incident.ts";
import { suppressionConditionsSchema } from "../../detect/suppress/index.ts";
import { networkSchema, portsSchema, timeSchema } from "../schemas.ts";
import { incidentStatuses, type AlertFilter, type IncidentFilter } from "./watch-filter.ts";

const texts = z.array(z.string()).readonly().optional();
const networks = z.array(networkSchema).readonly().optional();
const range = z
  .strictObject({ from: z.number().optional(), to: z.number().optional() })
  .readonly()
  .optional();

const conditions = {
  host: networks,
  orig: networks,
  resp: networks,
  pair: z
    .array(z.tuple([networkSchema, networkSchema]).readonly())
    .readonly()
    .optional(),
  port: portsSchema.optional(),
  proto: texts,
  service: texts,
  reason: texts,
  sensor: texts,
  severity: z.array(z.enum(severities)).readonly().optional(),
  status: z.array(z.enum(incidentStatuses)).readonly().optional(),
  kind: texts,
  incident: texts,
  pValue: range,
};
const incidentConditions = { ...conditions, alerts: range, isOver: z.boolean().optional() };
const alertConditions = { ...conditions, suppressed: z.boolean().optional() };
const span = { from: timeSchema.optional(), to: timeSchema.optional() };

export const incidentFilterSchema: z.ZodType<IncidentFilter> = z.strictObject({
  ...incidentConditions,
  ...span,
  not: z.strictObject(incidentConditions).optional(),
});

export const alertFilterSchema: z.ZodType<AlertFilter> = z.strictObject({
  ...alertConditions,
  ...span,
  not: z.strictObject(alertConditions).optional(),
});

const page = {
  limit: z.number().int().min(1).max(1000).optional(),
  cursor: z.string().max(10_000).optional(),
};

export const watchSchemas = {
  incidents: z.strictObject({
    where: incidentFilterSchema.optional(),
    order: z.enum(["worst", "latest", "first"]).optional(),
    ...page,
  }),
  alerts: z.strictObject({
    where: alertFilterSchema.optional(),
    order: z.enum(["strongest", "latest", "first"]).optional(),
    ...page,
  }),
  whatIf: z
    .strictObject({
      pValue: z.number().positive().max(1).optional(),
      perDay: z.number().positive().optional(),
      suppressions: z.array(suppressionConditionsSchema).readonly().optional(),
      ...span,
    })
    .refine(({ pValue, perDay }) => pValue === undefined || perDay === undefined, {
      error: "expected a p-value or a budget, found both",
    }),
  suppress: z.object({
    note: z.string().max(10_000),
    author: z.string().min(1).max(200),
    days: z.number().positive().max(36_500).nullable().optional(),
  }),
  action: z.strictObject({
    action: z.enum(["close", "reopen", "confirm", "note"]),
    author: z.string().min(1).max(200),
    note: z.string().max(10_000).optional(),
  }),
} as const;
