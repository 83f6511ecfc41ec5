import { z } from "zod";
import { watchConfigSchema } from "../live/config/watch-config.ts";
import { sinkConfigSchema } from "../sinks/config.ts";
import { markdownPage, markdownTable } from "./markdown.ts";

/** As much of a JSON schema as the configuration's is made of. */
interface Schema {
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  readonly default?: unknown;
  readonly const?: string | number | boolean | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly exclusiveMinimum?: number | undefined;
  readonly format?: string | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: Schema | undefined;
  readonly additionalProperties?: Schema | boolean | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly oneOf?: readonly Schema[] | undefined;
}

/** `docs/config.md`: every key of the configuration, from the schemas that also check it. */
export function configPage(): string {
  const sinks = schemaOf(sinkConfigSchema).oneOf ?? [];
  const first = sinks[0]?.properties ?? {};
  const common = Object.keys(first).filter((key) =>
    sinks.every(({ properties = {} }) => JSON.stringify(properties[key]) === JSON.stringify(first[key])),
  );
  return markdownPage("Configuration", [
    "`strayflow watch --config FILE` reads YAML, and so JSON. A key that is not here is refused, by its name. The command line goes before the file. A running watch reads it again at SIGHUP. An example to begin with is [packaging/strayflow.yaml](../packaging/strayflow.yaml); how to run it all is told in [Operating](operate.md).",
    "## Keys",
    keyTable(rowsOf(schemaOf(watchConfigSchema), "", new Set())),
    "## Sinks",
    "`sinks` is a list. Each sink has a `type`, keys of its own, and these:",
    keyTable(rowsOf({ ...sinks[0], properties: pick(first, common) }, "", new Set())),
    "What may not stand in the file itself (keys, passwords, URLs that are secrets) is written as `{ env: NAME }`, the name of an environment variable, or `{ file: PATH }`.",
    ...sinks.flatMap((sink) => {
      const type = String(sink.properties?.["type"]?.const ?? "");
      const about = [sink.properties?.["type"]?.description, sink.description].filter(Boolean).join(" ");
      return [`### ${type}`, about, keyTable(rowsOf(sink, "", new Set([...common, "type"])))];
    }),
  ]);
}

function schemaOf(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema;
}

function keyTable(rows: readonly (readonly string[])[]): string {
  return markdownTable(["key", "value", "default", "meaning"], rows);
}

/** A row a key; of a group also its keys, as `group.key`. */
function rowsOf(schema: Schema, prefix: string, without: ReadonlySet<string>): string[][] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {})
    .filter(([key]) => !without.has(key))
    .flatMap(([key, value]) => {
      const name = prefix + key;
      const usual = required.has(key) ? "needed" : defaultText(value);
      const row = [`\`${name}\``, valueText(value), usual, sentence(value)];
      return [row, ...rowsOf(value, `${name}.`, new Set())];
    });
}

function valueText(schema: Schema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(valueText))].join(" or ");
  switch (schema.type) {
    case "array":
      return `list of ${schema.items === undefined ? "values" : valueText(schema.items)}`;
    case "object":
      return objectText(schema);
    case "boolean":
      return "`true` or `false`";
    case "integer":
    case "number":
      return numberText(schema);
    case "string":
      return schema.format === "uri" ? "URL" : schema.format === "email" ? "address" : "text";
    default:
      return "list, see below";
  }
}

function objectText({ properties, required = [], additionalProperties }: Schema): string {
  if (typeof additionalProperties === "object") return `names, each with ${valueText(additionalProperties)}`;
  const [only] = required;
  if (required.length === 1 && only !== undefined && Object.keys(properties ?? {}).length === 1)
    return `\`{ ${only}: … }\``;
  return "group";
}

function numberText({ type, minimum, maximum, exclusiveMinimum }: Schema): string {
  const kind = type === "integer" ? "whole number" : "number";
  // The largest whole number is the machine's limit, not ours.
  const most = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? ` to ${maximum}` : "";
  if (exclusiveMinimum !== undefined) return `${kind} above ${exclusiveMinimum}${most && `, up${most}`}`;
  if (minimum === undefined || minimum <= -Number.MAX_SAFE_INTEGER) return `${kind}${most && ` up${most}`}`;
  return most === "" ? `${kind} from ${minimum}` : `${kind}, ${minimum}${most}`;
}

function defaultText({ default: value }: Schema): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return value.map((one) => `\`${String(one)}\``).join(", ");
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function sentence({ description: text = "", enum: choices = [] }: Schema): string {
  if (text === "") return "";
  // A value is written as it is.
  const isValue = choices.some((choice) => text.startsWith(`${String(choice)} `));
  const begun = isValue ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

function pick(all: Readonly<Record<string, Schema>>, keys: readonly string[]): Record<string, Schema> {
  return Object.fromEntries(keys.map((key) => [key, all[key]!]));
}
