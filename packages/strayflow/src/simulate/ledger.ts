import type { Micros, SimulatedConnection } from "./connection.ts";
import { endMicros } from "./connection.ts";
import type { PlacedAttack } from "./place-attacks.ts";
import type { LogFile } from "./write/log-file.ts";

/** A planted attack as it stands in the written log. */
export interface PlantedAttack {
  readonly id: number;
  readonly kind: string;
  readonly strength: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly source: string;
  readonly targets: readonly string[];
  /** First start and last end among its rows (ISO 8601); undefined where it has none. */
  readonly start: string | undefined;
  readonly end: string | undefined;
  readonly rows: number;
}

/** Keeps the truth about what is written: `truth.csv`, a line for every row of an attack, and the sum of each. */
export interface Ledger {
  write(rows: readonly SimulatedConnection[]): Promise<void>;
  close(): Promise<readonly PlantedAttack[]>;
}

export async function openLedger(file: LogFile, placed: readonly PlacedAttack[]): Promise<Ledger> {
  const sums = new Map(
    placed.map((attack) => [attack.id, { rows: 0, start: Number.POSITIVE_INFINITY, end: 0 }]),
  );
  await file.write("uid,attack,attack_id\n");
  return {
    async write(rows) {
      let text = "";
      for (const row of rows) {
        if (row.origin.kind !== "attack") continue;
        text += `${row.uid},${row.origin.attack},${row.origin.id}\n`;
        const sum = sums.get(row.origin.id)!;
        sum.rows++;
        sum.start = Math.min(sum.start, row.startMicros);
        sum.end = Math.max(sum.end, endMicros(row));
      }
      if (text !== "") await file.write(text);
    },
    async close() {
      await file.close();
      return placed.map(({ id, kind, strength, parameters, source, targets }) => {
        const { rows, start, end } = sums.get(id)!;
        return {
          id,
          kind,
          strength,
          parameters,
          source,
          targets: reached(targets),
          start: time(start, rows),
          end: time(end, rows),
          rows,
        };
      });
    },
  };
}

/** A sweep may know ten thousand hosts; the file names as many as a reader takes in. */
function reached(targets: readonly string[]): readonly string[] {
  return targets.slice(0, 50);
}

function time(at: Micros, rows: number): string | undefined {
  return rows === 0 ? undefined : new Date(at / 1000).toISOString();
}
