import { readFileSync } from "node:fs";
import { ExpectedError } from "../base/errors.ts";
import type { Secret } from "./secret.ts";

/** What a TLS connection is made with. The key is in it: not to be printed. */
export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: string;
}

/** @throws ExpectedError "usage" where a file cannot be read */
export function readTlsFiles(
  what: string,
  files: { readonly ca?: string | undefined; readonly certificate?: string | undefined },
  key: Secret | undefined,
): TlsFiles {
  return {
    ...(files.ca === undefined ? {} : { ca: readPem(files.ca, `${what}.ca`) }),
    ...(files.certificate === undefined ? {} : { cert: readPem(files.certificate, `${what}.certificate`) }),
    ...(key === undefined ? {} : { key: key.reveal() }),
  };
}

function readPem(file: string, what: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown reason";
    throw new ExpectedError("usage", `${what} cannot be read (${code})`, { file }, { cause });
  }
}
