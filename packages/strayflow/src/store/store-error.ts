import { ExpectedError } from "../base/errors.ts";

/** Turns what the engine says when it cannot write into an error that says what to do; gives back others as they are. */
export function storeError(error: unknown, file: string): unknown {
  if (error instanceof ExpectedError || !(error instanceof Error)) return error;
  const { message } = error;
  if (/No space left|Disk quota|File too large/i.test(message))
    return new ExpectedError(
      "output-failed",
      `the disk is full: ${firstLine(message)}`,
      { file },
      { cause: error },
    );
  if (
    /^(?:Failed to .{0,80}: )?(?:\w+: )*(?:IO Error|FATAL Error|Permission)|database has been invalidated|read-only mode/i.test(
      message,
    )
  )
    return new ExpectedError(
      "output-failed",
      `cannot write to the store: ${firstLine(message)}`,
      { file },
      { cause: error },
    );
  return error;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!;
}
