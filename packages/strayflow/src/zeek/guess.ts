import { readAddress } from "./address.ts";
import { zeekColumns, type ZeekColumn } from "./batch.ts";
import { requiredColumns, zeekSpelling, zeekTypes } from "./columns.ts";
import type { HeaderState } from "./header.ts";
import { OK } from "./rejects.ts";

/** The columns that Zeek's own conn logs came to have later, by the number of columns since then. */
const laterColumns: Partial<Record<ZeekColumn, number>> = { local_resp: 21, ip_proto: 22 };

/** Zeek's own conn log of so many columns. */
function defaultColumns(count: number): readonly ZeekColumn[] {
  const labels: readonly ZeekColumn[] = ["label", "detailedlabel"];
  return zeekColumns.filter((column) => !labels.includes(column) && (laterColumns[column] ?? 20) <= count);
}

/** What a default log of so many columns is, for the warning. */
const editions: Readonly<Record<number, string>> = {
  20: "Bro 2, without local_resp",
  21: "Zeek up to 7.0",
  22: "Zeek since 7.1, with ip_proto",
};

const typeChecks: Readonly<Record<string, (value: string) => boolean>> = {
  time: (value) => /^\d{1,10}\.\d{6}$/.test(value),
  addr: (value) => {
    const bytes = new TextEncoder().encode(value);
    return readAddress(bytes, 0, bytes.length, new Uint32Array(4), 0) === OK;
  },
  port: (value) => /^\d{1,5}$/.test(value) && Number(value) <= 65535,
  enum: (value) => /^(tcp|udp|icmp|unknown_transport)$/.test(value),
  interval: (value) => /^(-|\d+\.\d+)$/.test(value),
  count: (value) => /^(-|\d+)$/.test(value),
  bool: (value) => /^[-TF]$/.test(value),
};
const connState = /^(-|S[0123]|SF|REJ|RST[OR]|RSTOS0|RSTRH|SHR?|OTH)$/;

/**
 * The header that a log must have had whose header is gone, judged by one of its rows: either the row is a bare line of
 * column names, or every one of its 20 to 22 fields fits Zeek's own order without doubt. `note` says what was assumed.
 */
export function guessHeader(
  header: HeaderState,
  line: string,
): { readonly header: HeaderState; readonly isRow: boolean; readonly note: string } | undefined {
  const values = line.split(header.separator).map((value) => value.trim());
  const names = new Set(values.map(zeekSpelling));
  if (requiredColumns.every((name) => names.has(name))) {
    const note = "the header is a bare line of column names, without #fields";
    return { header: { ...header, fields: values, types: undefined }, isRow: false, note };
  }
  const columns = defaultColumns(values.length);
  if (columns.length !== values.length) return undefined;
  const fits = columns.every((column, index) => {
    const value = values[index]!;
    return column === "conn_state"
      ? connState.test(value)
      : (typeChecks[zeekTypes[column]]?.(value) ?? value !== "");
  });
  if (!fits) return undefined;
  return {
    header: {
      ...header,
      path: "conn",
      fields: columns,
      types: columns.map((column) => zeekTypes[column]),
    },
    isRow: true,
    note: `#fields is missing; the rows fit the default columns of ${editions[values.length]}, and were read as these`,
  };
}
