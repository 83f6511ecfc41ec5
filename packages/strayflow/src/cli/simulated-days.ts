import { join } from "node:path";
import type { SimulationSummary } from "../simulate/index.ts";

/** The day directories of an hourly simulation, before the first attack's day and from it on. */
export interface SimulatedDays {
  readonly clean: readonly string[];
  readonly attacked: readonly string[];
}

/** Zeek's archive layout has a directory a day (UTC), so ordinary days can be given to training by name. */
export function simulatedDays({ out, files, attacks }: SimulationSummary): SimulatedDays {
  const days = [
    ...new Set(files.filter((file) => file.includes("/")).map((file) => file.slice(0, file.indexOf("/")))),
  ];
  // ISO 8601 sorts as text; a day's directory is the first ten characters of its times.
  const firstAttack =
    attacks
      .flatMap(({ start }) => start ?? [])
      .sort()[0]
      ?.slice(0, 10) ?? "9999";
  const paths = (chosen: readonly string[]) => chosen.map((day) => join(out, day));
  return {
    clean: paths(days.filter((day) => day < firstAttack)),
    attacked: paths(days.filter((day) => day >= firstAttack)),
  };
}
