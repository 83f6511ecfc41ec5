import { cpus, loadavg, release, totalmem, type as systemName } from "node:os";
import { formatBytes } from "../../packages/strayflow/src/base/units.ts";

/** What a figure was measured on. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
}

export function thisMachine(): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? "unknown processor",
    cores: processors.length,
    memoryBytes: totalmem(),
    system: `${systemName()} ${release()}`,
    node: process.version,
  };
}

export function machineText({ processor, cores, memoryBytes, system, node }: Machine): string {
  return `${processor}, ${cores} cores, ${formatBytes(memoryBytes)} memory, ${system}, Node ${node.slice(1)}`;
}

/** How many programs wanted a core in the last minute; above a few tenths, times mean little and ratios less. */
export function loadBefore(): number {
  return Math.round(loadavg()[0]! * 100) / 100;
}
