import type { ArgumentSpec, ValueOption } from "./options.ts";

/** Where logs come from, for every command that reads them. */
export const logsArgument = {
  placeholder: "LOGS",
  many: true,
  doc: "Zeek conn logs: files, directories (searched for conn logs, Zeek's archive included), globs, or - for standard input; TSV or JSON; plain, gzip or zstd",
} as const satisfies ArgumentSpec;

/** The model that a command uses. */
export const modelOption = {
  kind: "text",
  placeholder: "DIR",
  required: true,
  doc: "directory of the model",
  env: "STRAYFLOW_MODEL",
} as const satisfies ValueOption;
