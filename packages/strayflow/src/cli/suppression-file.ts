import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { z } from "zod";
import { ExpectedError } from "../base/errors.ts";
import { suppressionConditionsSchema, type SuppressionConditions } from "../detect/suppress/index.ts";

/** What `suppress list --json` says of a suppression besides its conditions. */
const remarks = ["id", "note", "author", "created", "expires", "removed", "active"];

const listSchema = z.array(z.record(z.string(), z.unknown())).min(1);
const fileSchema = z.union([
  listSchema,
  z.object({ suppressions: listSchema }).transform((file) => file.suppressions),
]);

/**
 * Conditions from a file of JSON or YAML: a list, or what `suppress list --json` prints. Throws `ExpectedError` "input-missing"
 * or "usage", which says which entry is not right.
 */
export async function readSuppressionFile(file: string): Promise<readonly SuppressionConditions[]> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ExpectedError(
      "input-missing",
      `the suppressions cannot be read: ${reason}`,
      { file },
      { cause },
    );
  });
  const document = parseDocument(text, { uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = error.linePos?.[0].line;
    const message = `expected JSON or YAML: ${error.code.toLowerCase().replaceAll("_", " ")}`;
    throw new ExpectedError("usage", message, { file, ...(line !== undefined && { line }) });
  }
  const entries = fileSchema.safeParse(document.toJS());
  if (!entries.success)
    throw new ExpectedError("usage", "expected a list of suppressions, such as suppress list --json prints", {
      file,
    });
  return entries.data.map((entry, index) => {
    const conditions = Object.fromEntries(Object.entries(entry).filter(([name]) => !remarks.includes(name)));
    const checked = suppressionConditionsSchema.safeParse(conditions);
    if (checked.success) return checked.data;
    const [issue] = checked.error.issues;
    const where = [index + 1, ...(issue?.path ?? [])].join(".");
    throw new ExpectedError("usage", `suppression ${where} is not right: ${issue?.message ?? ""}`, { file });
  });
}
