import type { Alert } from "../detect/alert.ts";
import { placedAlert } from "../detect/incidents/incident-grouper.ts";
import { IncidentTally } from "../detect/incidents/incident-tally.ts";
import { AlertGrouping } from "../detect/incidents/grouping.ts";
import { Kinds } from "../detect/incidents/kinds.ts";

/** Groups the product's alerts as it does itself, and counts the incidents in which no attack has a part. */
export interface ProductIncidents {
  /** Alerts come in the stream's order. */
  take(alert: Alert, isAttack: boolean): void;
  /** Incidents so far without an alert on an attack row, by kind. */
  falseOnes(): ReadonlyMap<string, number>;
}

/** @param familyOf the family that computes a feature */
export function openProductIncidents(familyOf: (feature: string) => string | undefined): ProductIncidents {
  const kinds = new Kinds(familyOf);
  const closed = new Map<string, number>();
  const count = (into: Map<string, number>, { tally, isAttack }: Judged) => {
    const kind = tally.loudest()?.kind.id;
    if (!isAttack && kind !== undefined) into.set(kind, (into.get(kind) ?? 0) + 1);
  };
  const grouping = new AlertGrouping<string, Judged>({
    create: () => ({ tally: new IncidentTally(""), isAttack: false }),
    onClose: ({ content }) => count(closed, content),
    onFold(into, from) {
      into.content.tally.merge(from.content.tally, "");
      into.content.isAttack ||= from.content.isAttack;
    },
  });
  return {
    take(alert, isAttack) {
      const kind = kinds.of(alert);
      const { content } = grouping.place(placedAlert(alert, kind));
      content.tally.add(alert, kind);
      content.isAttack ||= isAttack;
    },
    falseOnes() {
      const all = new Map(closed);
      for (const { content } of grouping.open()) count(all, content);
      return all;
    },
  };
}

interface Judged {
  readonly tally: IncidentTally;
  isAttack: boolean;
}
