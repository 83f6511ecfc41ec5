import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { ExpectedError } from "../base/errors.ts";
import { oneLine } from "./text.ts";

/** Where a secret stands. It never stands in the configuration itself. */
export type SecretReference = { readonly env: string } | { readonly file: string };

/** A value that no log, error or JSON shows. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that must send it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}

/** Longer is no password but a wrong file. */
const mostBytes = 65_536;

/**
 * Reads a secret; line ends at the end of a file do not count.
 *
 * @param what names the setting in errors: "sinks.pager.url"
 * @throws ExpectedError "usage" which names the variable or file, never what is in it
 */
export function readSecret(
  reference: SecretReference,
  what: string,
  environment: Readonly<Record<string, string | undefined>>,
): Secret {
  if ("env" in reference) {
    const value = environment[reference.env];
    if (value !== undefined && value !== "") return new Secret(value);
    const found = value === undefined ? "which is not set" : "which is empty";
    throw new ExpectedError(
      "usage",
      `${what} is taken from the variable ${oneLine(reference.env)}, ${found}`,
    );
  }
  const value = readFile(reference.file, what).replace(/[\r\n]+$/, "");
  if (value === "") throw new ExpectedError("usage", `${what} is taken from a file that is empty`, reference);
  return new Secret(value);
}

function readFile(file: string, what: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown reason";
    throw new ExpectedError("usage", `${what} is taken from a file that cannot be read (${code})`, { file });
  }
  if (bytes.length > mostBytes) {
    throw new ExpectedError(
      "usage",
      `${what} is taken from a file of ${bytes.length} bytes; expected a secret`,
      {
        file,
      },
    );
  }
  return bytes.toString("utf8");
}

/** The text without the secrets, in any of the forms in which protocols and URLs repeat them. */
export function hideSecrets(text: string, secrets: readonly Secret[]): string {
  let hidden = text;
  for (const secret of secrets) {
    for (const form of formsOf(secret.reveal())) hidden = hidden.replaceAll(form, "[secret]");
  }
  return hidden;
}

function formsOf(value: string): string[] {
  const base64 = Buffer.from(value).toString("base64");
  const forms = [value, encodeURIComponent(value), encodeURI(value), base64, base64.replace(/=+$/, "")];
  if (URL.canParse(value)) {
    const { href, pathname, search } = new URL(value);
    forms.push(href, pathname + search, pathname);
  }
  // What is shorter stands in ordinary words, and replacing it would tell more than it hides.
  return [...new Set(forms)].filter((form) => form.length >= 4).sort((a, b) => b.length - a.length);
}
