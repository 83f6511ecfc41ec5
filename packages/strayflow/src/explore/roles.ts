import type { HostRow, Role } from "./result.ts";

/** When a host is called what. */
const limits = { targets: 50, failedShare: 0.5, callers: 2, answered: 10 } as const;

/** The rule in words, for the report. */
export const roleRule = `Scanner: tried at least ${limits.targets} combinations of host, port and protocol, half or more of its connections in vain (S0, SH, REJ, RSTOS0, RSTRH). Server: answered ${limits.callers} hosts or more, or ${limits.answered} connections. Client: opened a connection that was not in vain. Unanswered: all that it opened was in vain, and it answered less than a server.`;

/** What a host is, by what it did in this log (`roleRule`). */
export function roleOf({ opened, failed, targets, answered, callers }: Omit<HostRow, "role">): Role {
  if (targets >= limits.targets && failed >= limits.failedShare * opened) return "scanner";
  const isServer = answered >= limits.answered || (answered > 0 && callers >= limits.callers);
  const isClient = opened > failed;
  if (isServer && isClient) return "client and server";
  return isServer ? "server" : isClient ? "client" : "unanswered";
}

/** In the order in which they are listed. */
export const roles: readonly Role[] = ["scanner", "server", "client and server", "client", "unanswered"];
