import { severities, type Severity } from "../detect/incidents/incident.ts";
import type { Message, MessageKind } from "./message.ts";

export interface MessageFilter {
  readonly kinds: readonly MessageKind[];
  readonly minimumSeverity: Severity;
}

/**
 * Whether a sink wants a message. Severity holds back incidents and alerts only: that data stopped coming is not
 * less true for a sink that wants nothing but critical incidents. An incident that grew into what the sink wants to
 * hear of is new to it, so it goes to those that want to hear of new ones.
 */
export function accepts({ kinds, minimumSeverity }: MessageFilter, message: Message): boolean {
  const least = severities.indexOf(minimumSeverity);
  switch (message.kind) {
    case "status":
    case "drift":
      return kinds.includes(message.kind);
    case "alert":
    case "incident-opened":
    case "incident-closed":
      return kinds.includes(message.kind) && severities.indexOf(message.severity) >= least;
    case "incident-grew": {
      if (severities.indexOf(message.severity) < least) return false;
      const { severityBefore } = message;
      const isNews = severityBefore !== undefined && severities.indexOf(severityBefore) < least;
      return kinds.includes("incident-grew") || (isNews && kinds.includes("incident-opened"));
    }
  }
}
