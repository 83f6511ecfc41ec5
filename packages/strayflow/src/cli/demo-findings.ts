import { formatCount, formatOneIn } from "../base/units.ts";
import { keepHighest } from "../output/highest.ts";
import { scoredConnection, type ScoredConnection, type ScoredRows } from "../output/scored.ts";
import { textTable } from "../output/text-table.ts";
import type { PlantedAttack } from "../simulate/index.ts";

/** What scoring made of one planted attack. */
interface AttackFinding {
  readonly attack: string;
  readonly strength: string;
  readonly rows: number;
  readonly flagged: number;
  /** Ordinary connections that score higher than its highest. */
  readonly ordinary_above: number;
  readonly highest: ScoredConnection;
}

export interface DemoFindings {
  /** Most conspicuous first. */
  readonly attacks: readonly AttackFinding[];
  readonly ordinary: { readonly rows: number; readonly flagged: number };
}

/** Compares scores with the truth, row by row as they come. */
export interface FindingsTaker {
  take(rows: ScoredRows): void;
  finish(): DemoFindings;
}

const uidDecoder = new TextDecoder();

/** @param attackOf id of the attack that a uid belongs to, for the rows of attacks */
export function takeFindings(
  planted: readonly PlantedAttack[],
  attackOf: ReadonlyMap<string, number>,
): FindingsTaker {
  const ordinaryScores: number[] = [];
  let ordinaryFlagged = 0;
  const found = new Map(
    planted.map((attack) => [
      attack.id,
      { attack, rows: 0, flagged: 0, highest: keepHighest<ScoredConnection>(1) },
    ]),
  );
  return {
    take(rows) {
      const { text, uid } = rows.batch;
      for (let row = 0; row < rows.batch.rows; row++) {
        const id = attackOf.get(uidDecoder.decode(text.subarray(uid.start[row], uid.end[row])));
        const finding = id === undefined ? undefined : found.get(id);
        const score = rows.score[row]!;
        if (finding === undefined) {
          ordinaryScores.push(score);
          ordinaryFlagged += rows.flagged[row]!;
          continue;
        }
        finding.rows++;
        finding.flagged += rows.flagged[row]!;
        if (finding.highest.accepts(score)) finding.highest.add(score, scoredConnection(rows, row));
      }
    },
    finish() {
      const findings = [...found.values()].flatMap(({ attack, rows, flagged, highest }) =>
        highest.ranked().map((connection) => ({
          attack: attack.kind,
          strength: attack.strength,
          rows,
          flagged,
          ordinary_above: ordinaryScores.filter((score) => score > connection.score).length,
          highest: connection,
        })),
      );
      return {
        attacks: findings.sort((a, b) => b.highest.score - a.highest.score),
        ordinary: { rows: ordinaryScores.length, flagged: ordinaryFlagged },
      };
    },
  };
}

/** Found beside planted, numbered as the attacks are, and what ordinary traffic was flagged beside what was asked for. */
export function findingLines({ attacks, ordinary }: DemoFindings, pValue: number): string[] {
  const columns = [
    { head: "#", align: "right", width: 3 },
    { head: "planted" },
    { head: "strength" },
    { head: "connections", align: "right" },
    { head: "flagged", align: "right" },
    { head: "ordinary ones above it", align: "right" },
  ] as const;
  const rows = attacks.map(({ attack, strength, rows: planted, flagged, ordinary_above }, index) => [
    String(index + 1),
    attack,
    strength,
    formatCount(planted),
    formatCount(flagged),
    formatCount(ordinary_above),
  ]);
  const found = attacks.filter(({ flagged }) => flagged > 0).length;
  return [
    ...textTable(columns, rows),
    "",
    `${found} of ${attacks.length} attacks have a flagged connection. Of ${formatCount(ordinary.rows)} ordinary connections, ${formatCount(ordinary.flagged)} are flagged${ordinary.flagged > 0 ? ` (${formatOneIn(ordinary.flagged / ordinary.rows)})` : ""}; asked for was ${formatOneIn(pValue)}.`,
  ];
}
