import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { errorKinds, type ErrorKind } from "../../base/errors.ts";

/** What is asked of the process that owns a store: one line of JSON. */
export const requestSchema = z.strictObject({
  version: z.literal(1),
  operation: z.string().max(64),
  args: z.array(z.unknown()).max(4),
});

/** What it answers: one line too. */
export const answerSchema = z.union([
  z.strictObject({ ok: z.literal(true), value: z.unknown() }),
  z.strictObject({
    ok: z.literal(false),
    kind: z.enum(Object.keys(errorKinds) as [ErrorKind, ...ErrorKind[]]),
    message: z.string(),
  }),
]);
export type Answer = z.infer<typeof answerSchema>;

/** No request is longer; answers may be. */
export const MOST_REQUEST_BYTES = 1 << 20;

/** JSON that keeps numbers which JSON has no word for. */
export function packLine(value: unknown): string {
  const text = JSON.stringify(value, (_key, one: unknown) => {
    if (typeof one === "number" && !Number.isFinite(one)) return { $number: String(one) };
    return ArrayBuffer.isView(one) ? Array.from(one as Float64Array) : one;
  });
  return `${text}\n`;
}

export function unpackLine(line: string): unknown {
  return JSON.parse(line, (_key, one: unknown) => {
    if (typeof one !== "object" || one === null || !("$number" in one)) return one;
    return Number(one.$number);
  });
}

/** Where the owner of a store listens: beside it, or in the folder for temporary files where that path is too long for a socket. */
export function controlPath(storeFile: string): string {
  const file = resolve(storeFile);
  if (process.platform === "win32") return `\\\\.\\pipe\\strayflow-${hashOf(file)}`;
  const beside = `${file}.sock`;
  return Buffer.byteLength(beside) <= LONGEST_SOCKET_PATH
    ? beside
    : join(tmpdir(), `strayflow-${hashOf(file)}.sock`);
}

/** 104 on macOS, 108 on Linux, with the zero at the end. */
const LONGEST_SOCKET_PATH = 103;

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
