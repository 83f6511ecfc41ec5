import type { Alert } from "../detect/alert.ts";
import { AlertGrouping } from "../detect/incidents/grouping.ts";
import { Kinds } from "../detect/incidents/kinds.ts";

/** Groups the product's alerts as it does itself, and counts the incidents in which no attack has a part. */
export interface ProductIncidents {
  /** Alerts come in the stream's order. */
  take(alert: Alert, isAttack: boolean): void;
  /** Incidents so far without an alert on an attack row. */
  falseOnes(): number;
}

/** @param familyOf the family that computes a feature */
export function openProductIncidents(familyOf: (feature: string) => string | undefined): ProductIncidents {
  const kinds = new Kinds(familyOf);
  const services = new Map<string, number>();
  let falseClosed = 0;
  const grouping = new AlertGrouping<string, { isAttack: boolean }>({
    create: () => ({ isAttack: false }),
    onClose: ({ content }) => {
      if (!content.isAttack) falseClosed++;
    },
    onFold(into, from) {
      into.content.isAttack ||= from.content.isAttack;
    },
  });
  return {
    take(alert, isAttack) {
      const name = alert.proto.startsWith("icmp") ? "icmp" : `${alert.responderPort}/${alert.proto}`;
      let service = services.get(name);
      if (service === undefined) services.set(name, (service = services.size));
      const { end, originator, responder } = alert;
      const group = grouping.place({ time: end, originator, responder, service, kind: kinds.of(alert) });
      group.content.isAttack ||= isAttack;
    },
    falseOnes() {
      let open = 0;
      for (const { content } of grouping.open()) if (!content.isAttack) open++;
      return falseClosed + open;
    },
  };
}
