import { ExpectedError } from "./errors.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on the device",
  EDQUOT: "the disk quota is used up",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  EISDIR: "expected a file to write, found a directory",
  ENOENT: "the folder that it should be in does not exist",
  ENOTDIR: "a part of the path is a file, not a folder",
  EFBIG: "the file would be larger than the file system allows",
  EPIPE: "nobody reads the other end of the pipe",
  ENAMETOOLONG: "the name is too long",
};

/** The failure of an operating system call on an output, as the user should read it. */
export function outputError(path: string, error: unknown): unknown {
  const code = systemCode(error);
  if (error instanceof ExpectedError || code === undefined) return error;
  return new ExpectedError(
    "output-failed",
    `cannot write: ${reasons[code] ?? code}`,
    { file: path },
    { cause: error },
  );
}

/** `ENOSPC` and the like, where the error is one of the operating system. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
