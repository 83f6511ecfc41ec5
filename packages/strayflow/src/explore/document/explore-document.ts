import { formatCount } from "../../base/units.ts";
import type { ReportDocument } from "../../report/document.ts";
import type { ExploreResult } from "../result.ts";
import { period, openZone } from "../zone.ts";
import { columnsSection, correlationsSection } from "./columns-section.ts";
import { findingsSection } from "./findings-section.ts";
import { hostsSection, profilesSection } from "./hosts-section.ts";
import { sensorSection, shapeSection } from "./shape-section.ts";
import { timeSection } from "./time-section.ts";
import { topsSection } from "./tops-section.ts";
import { unusualSection } from "./unusual-section.ts";

/**
 * The report on some traffic: what was found first, then what is in it. Its size is bounded whatever the logs hold: charts
 * and tables show the first of what they list and say of how many.
 *
 * @param written when, seconds since 1970
 */
export function exploreDocument(result: ExploreResult, written: number): ReportDocument {
  const { shape } = result;
  const connections = `${formatCount(shape.connections)} ${shape.connections === 1 ? "connection" : "connections"}`;
  const files = shape.files === 1 ? shape.inputs.join(", ") : `${formatCount(shape.files)} files`;
  const when = period(openZone(result.zone), shape.from, shape.to);
  return {
    title: "What is in this traffic",
    summary: `${connections} between ${formatCount(shape.hosts)} ${shape.hosts === 1 ? "host" : "hosts"}, begun ${when}, from ${files}.`,
    zone: result.zone,
    written,
    sections: [
      findingsSection(result),
      shapeSection(result),
      timeSection(result),
      topsSection(result),
      hostsSection(result),
      profilesSection(result),
      unusualSection(result),
      columnsSection(result),
      correlationsSection(result),
      sensorSection(result),
    ],
  };
}
