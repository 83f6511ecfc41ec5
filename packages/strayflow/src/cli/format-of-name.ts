/** The format that a file's name asks for, where its ending is one of `formats`. */
export function formatOfName<Format extends string>(
  path: string | undefined,
  formats: readonly Format[],
): Format | undefined {
  const ending = path?.toLowerCase().split(".").at(-1);
  return formats.find((format) => format === ending);
}
