/** Families of features that tell of the same thing: one attack moves all features of a theme at once. */
const families: Readonly<Record<string, readonly string[]>> = {
  volume: [
    "volume",
    "shape",
    "orig_volume",
    "orig_usual",
    "orig_service_usual",
    "resp_service_usual",
    "pair_usual",
  ],
  outcome: ["conn_state", "history", "orig_outcomes"],
  reach: ["orig_windows", "orig_sweep", "orig_peers", "orig_ports", "resp_novelty"],
  load: ["resp_windows", "repetition", "orig_rhythm"],
  time: ["time", "orig_hours"],
  service: ["protocol", "service", "port", "icmp", "direction", "address"],
  sensor: ["quality"],
};

export const themeOfFamily: ReadonlyMap<string, string> = new Map(
  Object.entries(families).flatMap(([theme, members]) => members.map((family) => [family, theme] as const)),
);
