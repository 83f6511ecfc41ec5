/** Name and version as the package has them; a test keeps them equal. */
export const program = { name: "strayflow", version: "0.1.0" } as const;
