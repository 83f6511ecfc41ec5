import { readFile } from "node:fs/promises";
import { ExpectedError } from "../base/errors.ts";

/**
 * The text of a file. Throws `input-missing` or `input-unreadable`.
 *
 * @param what for the message: "scenario file"
 */
export async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    throw new ExpectedError(
      missing ? "input-missing" : "input-unreadable",
      missing ? `there is no such ${what}` : `the ${what} cannot be read`,
      { file },
      { cause },
    );
  }
}
