import * as fc from "fast-check";

/**
 * Random conn.log rows as JSON text, in every spelling, order and nesting that tools around Zeek use, and some that
 * none uses. Keys are never written twice, since `JSON.parse` forgets where the first one stood.
 */
export const jsonLine: fc.Arbitrary<string> = fc
  .record({
    fields: fc.record(
      {
        ts: fc.oneof(timeValue(), oddValue()),
        uid: fc.oneof(fc.stringMatching(/^C[a-zA-Z0-9]{1,17}$/), fc.constantFrom(null, "", "-")),
        "id.orig_h": addressValue(),
        "id.orig_p": portValue(),
        "id.resp_h": addressValue(),
        "id.resp_p": portValue(),
        proto: mostly(fc.constantFrom("tcp", "udp", "icmp", "unknown_transport")),
        service: mostly(fc.oneof(fc.constantFrom("dns", "ssl,http", "(empty)", "-", ""), textList())),
        duration: mostly(numberValue(fc.double({ min: 0, max: 1e5, noNaN: true }))),
        orig_bytes: mostly(countValue()),
        resp_bytes: mostly(countValue()),
        conn_state: mostly(fc.constantFrom("SF", "S0", "REJ")),
        local_orig: mostly(booleanValue()),
        local_resp: mostly(booleanValue()),
        missed_bytes: mostly(countValue()),
        history: mostly(fc.oneof(fc.stringMatching(/^\^?[ShADadFfRr]{0,9}$/), fc.string({ unit: "binary" }))),
        orig_pkts: countValue(),
        orig_ip_bytes: countValue(),
        resp_pkts: countValue(),
        resp_ip_bytes: countValue(),
        ip_proto: countValue(),
        label: fc.string({ unit: "binary" }),
        detailedlabel: fc.oneof(fc.string(), textList()),
        _path: fc.constantFrom("conn", "dns", "", null, 5),
        tunnel_parents: textList(),
      },
      { requiredKeys: ["ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto"] },
    ),
    extras: fc.dictionary(
      fc.string({ unit: "binary" }).map((key) => `x${key}`),
      fc.jsonValue({ maxDepth: 3 }),
      { maxKeys: 3 },
    ),
    spelling: fc.constantFrom("dots", "underscores", "nested"),
    wrapped: fc.boolean().map((wrapped) => wrapped),
    seed: fc.integer({ min: 1, max: 2 ** 31 }),
    shuffled: fc.boolean(),
    escaping: fc.constantFrom(0, 0, 0.1),
    spacing: fc.constantFrom(0, 0, 0.3),
  })
  .map(({ fields, extras, spelling, wrapped, seed, shuffled, escaping, spacing }) => {
    const chance = chanceFrom(seed);
    let entries: [string, unknown][] = Object.entries({ ...fields, ...extras });
    if (shuffled)
      entries = entries
        .map((entry) => ({ entry, key: chance() }))
        .sort((a, b) => a.key - b.key)
        .map(({ entry }) => entry);
    const isId = (key: string) => key.startsWith("id.");
    if (spelling === "underscores")
      entries = entries.map(([key, value]) => [isId(key) ? key.replace(".", "_") : key, value]);
    if (spelling === "nested") {
      const id = entries.filter(([key]) => isId(key)).map(([key, value]) => [key.slice(3), value]);
      entries = entries.filter(([key]) => !isId(key));
      entries.splice(Math.floor(chance() * entries.length), 0, ["id", Object.fromEntries(id)]);
    }
    const object: Record<string, unknown> = Object.fromEntries(entries);
    return writeJson(wrapped && spacing > 0 ? { conn: object } : object, { chance, escaping, spacing });
  });

/** Well-formed rows in Zeek's own order, some of whose keys are absent: what nearly every line of a log is. */
export const plainLine: fc.Arbitrary<string> = fc
  .record(
    {
      ts: fc.integer({ min: 0, max: 2e15 }).map((micros) => micros / 1e6),
      uid: fc.stringMatching(/^C[a-zA-Z0-9]{17}$/),
      "id.orig_h": fc.ipV4(),
      "id.orig_p": fc.integer({ min: 0, max: 65535 }),
      "id.resp_h": fc.oneof(fc.ipV4(), fc.ipV6()),
      "id.resp_p": fc.integer({ min: 0, max: 65535 }),
      proto: fc.constantFrom("tcp", "udp", "icmp"),
      service: fc.constantFrom("dns", "ssl", "http"),
      duration: fc.double({ min: 0, max: 1e4, noNaN: true }),
      orig_bytes: fc.nat(),
      resp_bytes: fc.maxSafeNat(),
      conn_state: fc.constantFrom("SF", "S0"),
      local_orig: fc.boolean(),
      local_resp: fc.boolean(),
      history: fc.constantFrom("ShADadFf", "Dd", "S"),
      orig_pkts: fc.nat(),
      tunnel_parents: fc.constant([]),
      label: fc.constantFrom("Benign", "Malicious"),
    },
    { requiredKeys: ["ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto"] },
  )
  .map((row) => JSON.stringify(row));

function mostly(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: value, weight: 12 }, { arbitrary: oddValue(), weight: 1 });
}

function oddValue(): fc.Arbitrary<unknown> {
  return fc.oneof(
    fc.constantFrom<unknown>(null, "", "-", "(empty)", true, false, "T", {}, []),
    fc.jsonValue({ maxDepth: 2 }),
  );
}

function timeValue(): fc.Arbitrary<unknown> {
  const micros = fc.integer({ min: 0, max: 4e15 });
  const iso = (value: number) =>
    `${new Date(Math.floor(value / 1e6) * 1000).toISOString().slice(0, 19)}.${String(value % 1e6).padStart(6, "0")}Z`;
  return fc.oneof(
    micros.map((value) => value / 1e6),
    micros.map((value) => Math.floor(value / 1e6)),
    micros.map((value) => String(value / 1e6)),
    micros.map(iso),
    micros.map((value) => iso(value).replace("Z", "+02:00")),
    micros.map((value) => iso(value).replace("T", " ").replace(/\..*/, "")),
  );
}

function addressValue(): fc.Arbitrary<unknown> {
  return fc.oneof(
    { arbitrary: fc.ipV4(), weight: 8 },
    { arbitrary: fc.ipV6(), weight: 4 },
    {
      arbitrary: fc.stringMatching(/^[0-9a-f:.]{1,12}$/).filter((text) => !/(^|\.)0\d|\d{4}\./.test(text)),
      weight: 1,
    },
    { arbitrary: oddValue(), weight: 1 },
  );
}

function portValue(): fc.Arbitrary<unknown> {
  const port = fc.integer({ min: 0, max: 65535 });
  return fc.oneof(
    { arbitrary: port, weight: 8 },
    { arbitrary: port.map(String), weight: 2 },
    { arbitrary: port.map((value) => `${value}.0`), weight: 1 },
    { arbitrary: fc.integer({ min: -5, max: 99999 }), weight: 1 },
    { arbitrary: fc.constantFrom<unknown>(null, "", "x", true, [], {}, 1.5), weight: 1 },
  );
}

function countValue(): fc.Arbitrary<unknown> {
  return mostly(numberValue(fc.oneof(fc.nat({ max: 1500 }), fc.nat(), fc.maxSafeNat())));
}

function numberValue(value: fc.Arbitrary<number>): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: value, weight: 6 }, { arbitrary: value.map(String), weight: 1 });
}

function booleanValue(): fc.Arbitrary<unknown> {
  return fc.oneof(fc.boolean(), fc.constantFrom("T", "F", "true", "false", "-"));
}

function textList(): fc.Arbitrary<unknown> {
  return fc.array(
    fc.oneof(fc.constantFrom("dns", "ssl", "", "-"), fc.string(), fc.constant(null), fc.integer()),
    { maxLength: 3 },
  );
}

interface Style {
  readonly chance: () => number;
  readonly escaping: number;
  readonly spacing: number;
}

function writeJson(value: unknown, style: Style): string {
  const space = () => {
    let text = "";
    while (style.chance() < style.spacing) text += " \t\r"[Math.floor(style.chance() * 3)];
    return text;
  };
  if (typeof value === "string") return writeString(value, style);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value))
    return `[${value.map((member) => space() + writeJson(member, style) + space()).join(",")}]`;
  const members = Object.entries(value).map(
    ([key, member]) =>
      `${space()}${writeString(key, style)}${space()}:${space()}${writeJson(member, style)}${space()}`,
  );
  return `{${members.join(",")}}${space()}`;
}

function writeString(value: string, style: Style): string {
  // The batch gives a uid as it is written.
  if (/^C[a-zA-Z0-9]+$/.test(value)) return JSON.stringify(value);
  // `JSON.stringify` escapes what must be, surrogates that stand alone among it; further letters are escaped by chance.
  const text = JSON.stringify(value);
  if (style.escaping === 0 || text.includes("\\")) return text;
  return text.replace(/[^"]/gu, (character) => {
    if (style.chance() >= style.escaping) return character;
    if (character === "/") return "\\/";
    const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}

function chanceFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}
