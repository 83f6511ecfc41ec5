import { ExpectedError } from "../base/errors.ts";
import { escapeText } from "../output/escape.ts";

/** The zone that a report writes its times in, for a command's table. */
export const timezoneOption = {
  kind: "text",
  placeholder: "ZONE",
  doc: "time zone of the report, such as Europe/Berlin or UTC",
  details: "A name of the IANA time zone database. Default: the machine's. The report names it.",
  env: "STRAYFLOW_TIMEZONE",
} as const;

/**
 * The zone as it was named, in its usual spelling; the machine's where none is given.
 *
 * @throws ExpectedError "usage"
 */
export function parseTimezone(text: string | undefined): string {
  try {
    const { timeZone } = new Intl.DateTimeFormat(
      "en",
      text === undefined ? {} : { timeZone: text },
    ).resolvedOptions();
    // Asia/Kolkata resolves to an older name of it, which is not what was asked for.
    if (text !== undefined) return timeZone.toLowerCase() === text.toLowerCase() ? timeZone : text;
    // A machine that says nothing of its place.
    return timeZone === "Etc/Unknown" ? "UTC" : timeZone;
  } catch (error) {
    throw new ExpectedError(
      "usage",
      `--timezone expects the name of a time zone such as Europe/Berlin or UTC, found "${escapeText(text ?? "")}"`,
      undefined,
      { cause: error },
    );
  }
}
