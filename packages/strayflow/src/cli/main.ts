#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Compiling the program takes longer than scoring a small log. The cache has to be on before the rest is loaded, and where it
// cannot be (a read-only home, say) everything works without it.
enableCompileCache();
await import("./start.ts");
