/**
 * What an audit calls suspicious. Nothing is calibrated when it runs, so these are absolute. They are twice what Zeek's own
 * scripts (misc/scan: 15 ports or 25 hosts in vain; ssh/detect-bruteforcing: 30 guesses in 30 minutes) and NCSA's simple-scan
 * (25 pairs of host and port) alert on, because what is found here may be taken out of the training.
 */
export const auditLimits = {
  /** Ports of one host, hosts on one port, or pairs of host and port, that one host tried in vain before silence. */
  portsInVain: 30,
  hostsInVain: 50,
  targetsInVain: 50,
  /** At least this share of what was tried was in vain. */
  vainShare: 0.5,
  /** Conversations of one size with one service that asks for a password, and how many of them a minute. */
  guesses: 60,
  guessesAMinute: 2,
  sameSizeShare: 0.8,
  /** Connections a minute to one service, at least half of them in vain, and so many times what is usual for it. */
  floodAMinute: 600,
  floodTimes: 10,
  /** So many times the limits above leave no doubt. */
  overwhelmingTimes: 5,
  /**
   * Nor does what the scripts themselves alert on, half of the limits above, when all of it is tried within so many seconds:
   * they give it 5 to 15 minutes.
   */
  fastShare: 0.5,
  fastSeconds: 10,
  overwhelmingVainShare: 0.8,
  /** From so many hosts that do the same, it is what they do here: only those that stand out among them are suspicious. */
  manyHosts: 10,
  /** Robust standard deviations, of logarithms, or share of all connections, from which one of many stands out. */
  standOut: 3.5,
  standOutShare: 0.05,
  oddHost: 5,
  /** A host is compared with others from so many connections of its own, and so many hosts. */
  hostConnections: 100,
  hostsToCompare: 10,
  /** From this share of all connections, one host dominates. */
  dominantShare: 0.5,
  /** At most this share of the rows is taken out; from the second, that is worth a warning. */
  mostExcluded: 0.5,
  warnExcluded: 0.1,
} as const;

/**
 * Seconds without a further try that end a run. Shorter where all tries of a host are counted, for a host has others, now and
 * then, that would join one run to the next.
 */
export const silenceSeconds = { group: 1800, host: 300 } as const;
