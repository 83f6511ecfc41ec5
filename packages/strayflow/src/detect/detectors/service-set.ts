import type { Batch, TextColumn } from "../../zeek/batch.ts";

/** Services that have something in common, by name and by port. */
export interface ServiceSet {
  /** As Zeek writes them in `service`. */
  readonly names: ReadonlySet<string>;
  /** 1 for each assigned port, 2 for those on which even the right name is something else. */
  readonly ports: Readonly<Uint8Array>;
  /** A port speaks for a connection only over TCP. */
  readonly onlyTcp: boolean;
  /** A port speaks for a connection even where Zeek saw a service of another name in it. */
  readonly portOverName: boolean;
}

/** For each value of a batch's `service` column, whether one of its services is in the set. */
export function namesIn({ names }: ServiceSet, service: TextColumn): Uint8Array {
  return Uint8Array.from(service.values, (list) => (list.split(",").some((name) => names.has(name)) ? 1 : 0));
}

/** Writes 1 where the service of a row is in the set: by its name or by its port. */
export function markServices(
  out: Uint8Array,
  { ports, onlyTcp, portOverName }: ServiceSet,
  batch: Batch,
  named: Uint8Array,
  from: number,
  rows: number,
): void {
  const { service, resp_p, proto } = batch;
  const tcp = proto.values.indexOf("tcp");
  for (let row = 0; row < rows; row++) {
    const at = from + row;
    const name = service.codes[at]!;
    const port = ports[resp_p[at]!]!;
    const mayBeByPort = (name === 0 || portOverName) && (!onlyTcp || proto.codes[at] === tcp);
    out[row] = port === EXCLUDED ? 0 : mayBeByPort ? named[name]! | port : named[name]!;
  }
}

export function serviceSet(
  names: string,
  ports: readonly number[],
  { onlyTcp = false, portOverName = false, notPorts = [] as readonly number[] } = {},
): ServiceSet {
  const assigned = new Uint8Array(65_536);
  for (const port of ports) assigned[port] = 1;
  for (const port of notPorts) assigned[port] = EXCLUDED;
  return { names: new Set(names.split(/\s+/)), ports: assigned, onlyTcp, portOverName };
}

const EXCLUDED = 2;
