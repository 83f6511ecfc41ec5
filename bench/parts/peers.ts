import { countOf } from "../../packages/strayflow/src/output/figures.ts";
import { peerContestant, strayflowContestant, type Contestant, type Task } from "../support/contestants.ts";
import { formatFigure, type Figure } from "../support/figure.ts";
import { simulatedLogs } from "../support/logs.ts";
import type { Settings } from "../support/part.ts";
import { findPeer } from "../support/pythons.ts";
import type { QualityId, Unit } from "../support/qualities.ts";
import { ratios, summarize } from "../support/samples.ts";
import type { Measured } from "../support/script.ts";
import { structuredMatrix } from "../support/structured-matrix.ts";
import type { Table } from "../support/table.ts";
import { temporaryDirectory } from "../support/temporary.ts";

export interface PeerSettings extends Settings {
  /** How often to train end to end. */
  readonly trainRounds: number;
  /** Pythons to try before those on the PATH. */
  readonly pythons: readonly string[];
}

const steps = {
  read: { name: "read the .gz", unit: "seconds" },
  features: { name: "features of preset seed, after reading", unit: "seconds" },
  epoch: { name: "one epoch, 55-32-16-32-55, batch 512", unit: "seconds" },
  matrix: { name: "score a matrix of 55 columns", unit: "seconds" },
  train: { name: "train, from log to model", unit: "seconds" },
  trainMemory: { name: "– peak memory", unit: "bytes" },
  score: { name: "score, from log to flagged connections", unit: "seconds" },
  scoreMemory: { name: "– peak memory", unit: "bytes" },
} as const satisfies Record<string, { readonly name: string; readonly unit: Unit }>;

type StepId = keyof typeof steps;

const stepIds = Object.keys(steps) as StepId[];

/** What one contestant needed for each step, a value a round. */
export interface Course {
  readonly name: string;
  readonly values: Readonly<Record<StepId, number[]>>;
}

/** The same log, the same matrix and the same network, by turns in one run. */
export async function comparePeers(settings: PeerSettings): Promise<Measured> {
  const { rows, repeats, trainRounds, cache, remark } = settings;
  using directory = temporaryDirectory();
  const [log = ""] = await simulatedLogs(cache, "single", rows);
  const task: Task = { log, matrix: structuredMatrix(cache, rows), directory: directory.path };
  const ours = strayflowContestant(task);
  const { peers, absent } = await findPeers(settings, task);
  const all = [ours, ...peers].map((contestant) => ({ contestant, course: newCourse(contestant) }));

  for (let round = 1; round <= repeats; round++) {
    for (const { contestant, course } of all) {
      remark(`steps, round ${round} of ${repeats}: ${contestant.name}`);
      const times = await contestant.steps();
      for (const id of ["read", "features", "epoch", "matrix"] as const) course.values[id].push(times[id]);
    }
  }
  let epochs = 0;
  for (let round = 1; round <= trainRounds; round++) {
    for (const { contestant, course } of all) {
      remark(`train, round ${round} of ${trainRounds}: ${contestant.name}`);
      const run =
        contestant === ours ? await ours.trainUntilItStops(settings.epochs) : await contestant.train(epochs);
      if ("epochs" in run && typeof run.epochs === "number") epochs = run.epochs;
      course.values.train.push(run.seconds);
      course.values.trainMemory.push(run.peakBytes);
    }
  }
  for (let round = 1; round <= repeats; round++) {
    for (const { contestant, course } of all) {
      remark(`score, round ${round} of ${repeats}: ${contestant.name}`);
      const run = await contestant.score();
      course.values.score.push(run.seconds);
      course.values.scoreMemory.push(run.peakBytes);
    }
  }

  const courses = all.map(({ course }) => course);
  return {
    id: "peers",
    title: "Beside pandas, scikit-learn, PyTorch and Keras",
    figures: peerFigures(courses),
    table: peerTable(courses),
    notes: [
      ...absent,
      `${all.map(({ contestant }) => contestant.description).join("; ")}.`,
      `Trained for ${epochs} epochs each: as many as early stopping gave strayflow. Rows dealt to the parts at random, by all.`,
      "The first four steps are warm and in memory; training and scoring are whole processes, start and imports included. Strayflow's training also fits PCA and compares with it.",
      `Times are medians of ${countOf(repeats, "round")}, those of training of ${trainRounds}; in brackets, how many times as much as strayflow. PyTorch ran on as many threads as suited it better.`,
    ],
  };
}

async function findPeers(
  { pythons, remark }: PeerSettings,
  task: Task,
): Promise<{ peers: Contestant[]; absent: string[] }> {
  const peers: Contestant[] = [];
  const absent: string[] = [];
  for (const framework of ["torch", "keras"] as const) {
    const peer = await findPeer(framework, pythons);
    if (peer === undefined) {
      absent.push(`No Python with pandas, scikit-learn and ${framework} was found.`);
      continue;
    }
    remark(`${peer.python}: ${peer.versions}`);
    peers.push(peerContestant(peer, task));
  }
  return { peers, absent };
}

function newCourse({ name }: Contestant): Course {
  const values = Object.fromEntries(stepIds.map((id) => [id, []])) as unknown as Course["values"];
  return { name, values };
}

/** A line a step, a column a contestant, ours first. */
export function peerTable(courses: readonly Course[]): Table {
  const [ours] = courses;
  return {
    columns: [{ head: "step" }, ...courses.map(({ name }) => ({ head: name, align: "right" as const }))],
    rows: stepIds.map((id) => {
      const { name, unit } = steps[id];
      const cells = courses.map((course) => {
        const text = formatFigure(summarize(course.values[id]).median, unit);
        if (course === ours) return text;
        return `${text} (${formatFigure(ratios(course.values[id], ours!.values[id]).median, "times as long")})`;
      });
      return [name, ...cells];
    }),
  };
}

/** Every median, and the ratios that qualities hang on. */
export function peerFigures(courses: readonly Course[]): Figure[] {
  const [ours, ...peers] = courses;
  const measured = courses.flatMap(({ name, values }) =>
    stepIds.map((id): Figure => ({
      name: `${name}: ${id}`,
      unit: steps[id].unit,
      value: summarize(values[id]),
    })),
  );
  const ratio = (quality: QualityId, unit: Unit, course: Course | undefined, id: StepId): Figure[] => {
    if (course === undefined || ours === undefined) return [];
    const [above, below] = unit === "times faster" ? [course, ours] : [ours, course];
    return [
      {
        name: `${id} against ${course.name}`,
        unit,
        value: ratios(above.values[id], below.values[id]),
        quality,
      },
    ];
  };
  const peerWith = (framework: string) => peers.find(({ name }) => name === framework);
  return [
    ...measured,
    ...ratio("epoch", "times as long", peerWith("PyTorch"), "epoch"),
    ...ratio("train", "times faster", peerWith("Keras"), "train"),
  ];
}
