import type { Alert } from "../alert.ts";
import { themeOfFamily } from "../themes.ts";
import type { HostRole } from "./incident.ts";

/** What alerts are about, as far as it decides which of them belong together. */
export interface Kind {
  readonly id: string;
  /** Said by a named detector. */
  readonly isNamed: boolean;
  /** Whose doing it is: of the host that opens connections, or of nobody in particular on the host that gets them. */
  readonly role: HostRole;
  /** Each target and port is a matter of its own: two beacons are two findings. */
  readonly isPerTarget: boolean;
  /** May come from many hosts at once, none of which does much: spread over sources, it is one incident of the target. */
  readonly mayBeSpread: boolean;
  /** Says too little for two alerts to belong together because they have it in common. */
  readonly isVague: boolean;
  /** Quiet for so long, it is over. */
  readonly idleSeconds: number;
}

const HOUR = 3600;

/** How detectors differ from the usual: an act of the originator against any number of targets. */
const detectorKinds: Readonly<Record<string, Partial<Kind>>> = {
  beacon: { isPerTarget: true, idleSeconds: 12 * HOUR },
  "long-connection": { idleSeconds: 12 * HOUR },
  "brute-force": { mayBeSpread: true },
  flood: { role: "responder", mayBeSpread: true },
  "new-service": { role: "responder" },
};

/** More kinds than any program has; a hostile model file must not make more. */
const mostKinds = 256;

/** Tells the kind of alerts. Keeps the kinds that it has met, so that one kind is one object. */
export class Kinds {
  readonly #familyOf: (feature: string) => string | undefined;
  readonly #known = new Map<string, Kind>();

  /** @param familyOf the family that computes a feature */
  constructor(familyOf: (feature: string) => string | undefined = () => undefined) {
    this.#familyOf = familyOf;
  }

  of({ detections, reasons }: Pick<Alert, "detections" | "reasons">): Kind {
    const detection = detections[0];
    if (detection !== undefined) return this.named(detection.detector);
    const family = reasons[0] === undefined ? undefined : this.#familyOf(reasons[0].feature);
    return family === undefined ? vagueKind : this.unnamed(`unusual-${themeOfFamily.get(family) ?? family}`);
  }

  named(detector: string): Kind {
    return this.#known.get(detector) ?? this.#keep(namedKind(detector));
  }

  unnamed(id: string): Kind {
    return this.#known.get(id) ?? this.#keep({ ...plainKind, id });
  }

  /** The kinds that were met, as plain data. */
  save(): readonly Kind[] {
    return [...this.#known.values()];
  }

  load(kinds: readonly Kind[]): void {
    for (const kind of kinds) this.#known.set(kind.id, kind);
  }

  /** The one object that stands for a kind read from elsewhere. */
  sameAs(kind: Kind): Kind {
    return kind.isVague ? vagueKind : (this.#known.get(kind.id) ?? kind);
  }

  #keep(kind: Kind): Kind {
    if (this.#known.size < mostKinds) this.#known.set(kind.id, kind);
    return kind;
  }
}

function namedKind(detector: string): Kind {
  const special = Object.hasOwn(detectorKinds, detector) ? detectorKinds[detector] : {};
  return { ...plainKind, mayBeSpread: false, ...special, id: detector, isNamed: true };
}

const plainKind: Kind = {
  id: "",
  isNamed: false,
  role: "originator",
  isPerTarget: false,
  mayBeSpread: true,
  isVague: false,
  idleSeconds: HOUR,
};

/** Of alerts without anything that could be told apart. */
export const vagueKind: Kind = { ...plainKind, id: "unusual-connection", isVague: true };
