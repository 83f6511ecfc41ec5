import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { z } from "zod";
import { ExpectedError } from "../../base/errors.ts";
import { parseSinks, type SinkConfig } from "../../sinks/index.ts";

const positive = z.number().positive();

/** The keys of the configuration file of `watch`, but for the sinks, which have a schema of their own. */
export const watchConfigSchema = z.strictObject({
  sources: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("what to watch: PATH or NAME=PATH, as on the command line"),
  model: z.string().min(1).optional().describe("directory of the model"),
  store: z.string().min(1).optional().describe("file of the store; made where there is none"),
  budget: z
    .union([z.string(), positive])
    .optional()
    .describe("incidents a day that ordinary traffic may give: 20/day, 5/week"),
  pValue: z.number().gt(0).max(1).optional().describe("flag what normal traffic does at most this often"),
  fromStart: z.boolean().optional().describe("read a source that is new to the store from its first log on"),
  since: z
    .string()
    .optional()
    .describe("read a source that is new to the store from this time on: 2d, 2024-04-19"),
  quietMinutes: positive.optional().describe("say so when nothing was written for so long; 10 unless told"),
  lateMinutes: positive.optional().describe("say so when the log is so far behind the clock; 10 unless told"),
  metrics: z
    .strictObject({
      host: z
        .string()
        .min(1)
        .default("127.0.0.1")
        .describe("address to listen on; of this machine alone unless told"),
      port: z
        .number()
        .int()
        .min(0)
        .max(65_535)
        .describe("port of /metrics and /healthz; 0 for any that is free"),
    })
    .optional()
    .describe("serve /metrics for Prometheus and /healthz"),
  retention: z
    .strictObject({
      days: positive
        .optional()
        .describe("connections that began so many days before the last one are removed"),
      incidentDays: positive
        .optional()
        .describe(
          "incidents that ended so long ago are removed, with their alerts; as many days as connections unless told. What was confirmed stays",
        ),
      gigabytes: positive
        .optional()
        .describe("the oldest connections are removed while the store takes more than this"),
    })
    .optional()
    .describe("how long things are kept; for ever unless told"),
  memoryMegabytes: z.number().min(64).optional().describe("memory for the database engine; 128 unless told"),
  logLevel: z
    .enum(["debug", "info", "warn", "error"])
    .optional()
    .describe("least level that is logged; info unless told"),
  sinks: z.unknown().optional().describe("where incidents are sent, see the sinks"),
});

export type WatchConfig = Omit<z.infer<typeof watchConfigSchema>, "sinks"> & {
  readonly sinks: readonly SinkConfig[];
};

export const emptyConfig: WatchConfig = { sinks: [] };

/** Reads a configuration file (YAML, so JSON too). Throws `ExpectedError` "usage" or "input-missing"; never repeats a value, which may be a secret. */
export async function readWatchConfig(file: string): Promise<WatchConfig> {
  const document = parseDocument(await read(file), { uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = error.linePos?.[0].line;
    const message = `the configuration is not YAML: ${error.code.toLowerCase().replaceAll("_", " ")}`;
    throw new ExpectedError("usage", message, { file, ...(line === undefined ? {} : { line }) });
  }
  const parsed = watchConfigSchema.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".") ?? "";
    throw new ExpectedError(
      "usage",
      `the configuration is not right at "${where}": ${issue?.message ?? ""}`,
      { file },
    );
  }
  const { sinks, ...rest } = parsed.data;
  return { ...rest, sinks: sinks === undefined ? [] : parseSinks(sinks, file) };
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ExpectedError(
      "input-missing",
      `the configuration cannot be read: ${message}`,
      { file },
      { cause },
    );
  }
}
