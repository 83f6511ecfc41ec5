import { ExpectedError } from "../base/errors.ts";
import type { StageOptions } from "../base/stage.ts";
import type { OutputFile } from "../output/output-file.ts";
import type { ScoredRows } from "../output/scored.ts";
import { mostReported, scoreReport } from "../output/score-report.ts";
import { ScoredTraffic } from "../output/score-traffic.ts";
import { FlaggedRows } from "../pipeline/flagged-rows.ts";
import { canReadAgain, gatherContext, type IncidentContexts } from "../pipeline/incident-context.ts";
import type { FoundIncidents, ScoreRun } from "../pipeline/score.ts";
import { renderReport, timesIn } from "./render-report.ts";

/** The page that `score --report` writes: hears every batch, then reads the logs once more around the incidents. */
export class ScorePage {
  readonly #output: OutputFile;
  readonly #zone: string;
  readonly #flagged = new FlaggedRows();
  readonly #traffic: ScoredTraffic;

  /** @param zone IANA name */
  constructor(output: OutputFile, zone: string) {
    this.#output = output;
    this.#zone = zone;
    this.#traffic = new ScoredTraffic(zone);
  }

  add(rows: Pick<ScoredRows, "batch" | "flagged">): void {
    this.#flagged.add(rows.flagged);
    this.#traffic.add(rows);
  }

  /** Writes the page; it is then whole but not committed. */
  async write(
    run: ScoreRun,
    { inputs, model }: { readonly inputs: readonly string[]; readonly model: string },
    stage: StageOptions,
  ): Promise<void> {
    const found = run.incidents();
    const incidents = { count: found.count, worst: found.worst.slice(0, mostReported) };
    const facts = {
      model,
      summary: run.summary(),
      incidents,
      traffic: this.#traffic,
      contexts: await this.#contexts(inputs, incidents, stage),
      warnings: run.warnings(),
    };
    await this.#output.write(await renderReport(scoreReport(facts, timesIn(this.#zone))));
  }

  async #contexts(
    inputs: readonly string[],
    { worst }: FoundIncidents,
    stage: StageOptions,
  ): Promise<IncidentContexts | { readonly absent: string }> {
    const without = "Only the connections of the incidents themselves are shown:";
    try {
      if (!(await canReadAgain(inputs, stage.signal)))
        return { absent: `${without} standard input and pipes cannot be read twice.` };
      const contexts = await gatherContext(
        inputs,
        worst.map(({ incident }) => incident),
        this.#flagged,
        stage,
      );
      return contexts ?? { absent: `${without} the logs changed while they were read.` };
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      return { absent: `${without} the logs could not be read a second time (${error.message}).` };
    }
  }
}
