import type { AnyCommand } from "./command.ts";

export interface CommandEntry {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Only the command that runs is loaded, so that `--help` does not wait for a runtime that it does not use. */
  readonly load: () => Promise<AnyCommand>;
}

/** Every command, in the order in which a newcomer meets them. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  demo: {
    summary: "simulate a network, learn it, catch planted attacks, show them",
    load: async () => (await import("./commands/demo.ts")).demo,
  },
  train: {
    summary: "learn what is normal from Zeek logs",
    load: async () => (await import("./commands/train.ts")).train,
  },
  score: {
    summary: "rank and explain the connections that are not",
    load: async () => (await import("./commands/score.ts")).score,
  },
  explore: {
    summary: "see what is in the traffic: a report with charts and what stands out",
    load: async () => (await import("./commands/explore.ts")).explore,
  },
  watch: {
    summary: "follow logs as they are written, and report incidents as they happen",
    load: async () => (await import("./commands/watch.ts")).watch,
  },
  incidents: {
    summary: "list what watch found, worst first; show, close, confirm it",
    load: async () => (await import("./commands/incidents.ts")).incidents,
  },
  alerts: {
    summary: "list the flagged connections that incidents are made of, or follow them",
    load: async () => (await import("./commands/alerts.ts")).alerts,
  },
  suppress: {
    summary: "say that something is fine, for a while",
    load: async () => (await import("./commands/suppress.ts")).suppress,
  },
  "what-if": {
    summary: "say which incidents would remain with another budget or suppression",
    load: async () => (await import("./commands/what-if.ts")).whatIf,
  },
  store: {
    summary: "say what a store holds, make it small, export it",
    load: async () => (await import("./commands/store.ts")).store,
  },
  features: {
    summary: "write the matrix that the network sees",
    load: async () => (await import("./commands/features.ts")).features,
  },
  evaluate: {
    summary: "say how well attacks are found, on labelled logs, beside plain detectors",
    load: async () => (await import("./commands/evaluate.ts")).evaluate,
  },
  selftest: {
    summary: "plant attacks in your own traffic and say which would be found",
    load: async () => (await import("./commands/selftest.ts")).selftest,
  },
  drift: {
    summary: "see day by day how far the traffic is from what the model learned",
    load: async () => (await import("./commands/drift.ts")).drift,
  },
  retrain: {
    summary: "train on recent traffic, compare with the model in use, swap where asked to",
    load: async () => (await import("./commands/retrain.ts")).retrain,
  },
  models: {
    summary: "list models, show what one learned",
    load: async () => (await import("./commands/models.ts")).models,
  },
  simulate: {
    summary: "write Zeek logs of an invented network, with labelled attacks",
    load: async () => (await import("./commands/simulate.ts")).simulate,
  },
};
