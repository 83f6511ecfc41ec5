import { dirname, resolve } from "node:path";
import { z } from "zod";
import { ExpectedError } from "../base/errors.ts";
import { presetNames } from "../features/index.ts";
import { compileQuery, parseQuery, QueryError, type Query } from "../query/index.ts";
import { parseAddress } from "../zeek/address.ts";
import { readText } from "./read-text.ts";

const BETWEEN = "expected a share above 0 and below 1";
const COUNT = "expected a whole number from 0 on";

const where = z.string().transform((text, context): Query => {
  try {
    const query = parseQuery(text);
    compileQuery(query);
    return query;
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    const message =
      error instanceof QueryError
        ? `${error.problem}, at character ${error.position + 1} of`
        : `${error.message}:`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  }
});

const address = z
  .string()
  .refine((text) => parseAddress(text) !== undefined, "expected an IPv4 or IPv6 address");

const someText = z.string().min(1, "expected some text");

const share = z.number().gt(0, BETWEEN).lt(1, BETWEEN);

const selection = {
  /** Files, directories and globs, relative to the scenario file. */
  logs: z.array(someText).min(1, "expected at least one path"),
  /** Rows whose `label` or `detailedlabel` is one of these. */
  labels: z.array(someText).min(1, "expected at least one label").optional(),
  where: where.optional(),
};

const scenarioSchema = z
  .strictObject({
    name: someText,
    normal: z.strictObject(selection),
    /** Takes the place of what `normal` has left after training and calibration. */
    test_normal: z.strictObject(selection).optional(),
    attack: z
      .strictObject({
        ...selection,
        /** Shifts the rows in time so that they fall into the test. */
        into: z.literal("test").optional(),
        /** Makes this host of the normal traffic their originator. */
        as_host: address.optional(),
      })
      .optional(),
    split: z.strictObject({ train: share, calibrate: share }),
    /** Share of the attack rows that is moved into the training part. */
    contaminate: share.optional(),
    /** Feature families to leave out. */
    without: z.array(someText).default([]),
    /** False-alarm rates that are asked for. */
    rates: z
      .array(share)
      .min(1, "expected at least one rate")
      .default([0.01, 0.001])
      .refine((rates) => new Set(rates).size === rates.length, "expected each rate once"),
    seeds: z.array(z.int().min(0, COUNT)).min(1, "expected at least one seed").default([1, 2, 3]),
    preset: z.enum(presetNames).default("behavior"),
    /** Rows at the start of the test that are scored but not counted: the time that a new host is given. */
    warm_up: z.int().min(0, COUNT).default(0),
    /** Incidents a day that are asked of the product. */
    budget: z.number().gt(0, "expected a number above 0").optional(),
  })
  .refine(({ split, test_normal }) => split.train + split.calibrate < 1 || test_normal !== undefined, {
    path: ["split"],
    message: "train and calibrate leave nothing to test on; their sum must be below 1, or test_normal given",
  })
  .refine(({ split }) => split.train + split.calibrate <= 1 + 1e-9, {
    path: ["split"],
    message: "train and calibrate are more than the whole",
  })
  .refine(({ contaminate, attack }) => contaminate === undefined || attack !== undefined, {
    path: ["contaminate"],
    message: "there is no attack to take rows from",
  });

type Written = z.output<typeof scenarioSchema>;

/** Which rows of which logs. */
export interface Selection {
  readonly logs: readonly string[];
  readonly labels?: readonly string[] | undefined;
  readonly where?: Query | undefined;
}

/** A scenario as it was read: logs with their whole paths, queries parsed, defaults filled in. */
export type Scenario = Omit<Written, "normal" | "test_normal" | "attack"> & {
  readonly file: string;
  readonly normal: Selection;
  readonly test_normal?: Selection | undefined;
  readonly attack?:
    | (Selection & { readonly into?: "test" | undefined; readonly as_host?: string | undefined })
    | undefined;
};

/**
 * Reads a scenario file. Throws `input-missing` or `input-unreadable` where there is none, and `usage` with every fault
 * in it: the key, what was expected, and what was found.
 */
export async function readScenario(file: string): Promise<Scenario> {
  return parseScenario(await readText(file, "scenario file"), file);
}

/** `readScenario` for a text that was read already; `file` is where its relative paths start. */
export function parseScenario(text: string, file: string): Scenario {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ExpectedError(
      "usage",
      `the scenario is not JSON: ${(cause as Error).message}`,
      { file },
      { cause },
    );
  }
  const result = scenarioSchema.safeParse(json);
  if (!result.success) {
    const faults = result.error.issues.map((issue) => describe(issue, json));
    throw new ExpectedError(
      "usage",
      `the scenario has ${faults.length === 1 ? "a fault" : "faults"}: ${faults.join("; ")}`,
      {
        file,
      },
    );
  }
  const folder = dirname(resolve(file));
  const located = <S extends Selection>(part: S): S => ({
    ...part,
    logs: part.logs.map((log) => resolve(folder, log)),
  });
  const { normal, test_normal, attack, ...rest } = result.data;
  return {
    ...rest,
    file,
    normal: located(normal),
    ...(test_normal !== undefined && { test_normal: located(test_normal) }),
    ...(attack !== undefined && { attack: located(attack) }),
  };
}

function describe(issue: z.core.$ZodIssue, json: unknown): string {
  const path = issue.path.map(String);
  let value: unknown = json;
  for (const key of issue.path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  const place = path.length === 0 ? "the whole" : path.join(".");
  if (issue.code === "unrecognized_keys") {
    return `${place}: unknown ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}`;
  }
  const problem = issue.message.replace(/^Invalid (input|option): /, "").replace(/, received .*$/, "");
  const shown = value === undefined ? "nothing" : JSON.stringify(value).slice(0, 60);
  // What is wrong with a query says itself what it found.
  return path.at(-1) === "where" && typeof value === "string"
    ? `${place}: ${problem} ${shown}`
    : `${place}: ${problem}, found ${shown}`;
}
