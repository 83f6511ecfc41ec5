import { renderAsync, type ResvgRenderOptions } from "@resvg/resvg-js";
import { createRequire } from "node:module";
import { encodePng } from "./encode-png.ts";

/**
 * The picture of an SVG as the bytes of a PNG file, `scale` pixels to one of the SVG. Its fonts come with the package, so
 * it looks alike on every machine. Drawn on a thread of Node's pool: several at once use several cores.
 */
export async function renderPng(
  svg: string,
  { scale = 2, signal }: { readonly scale?: number; readonly signal?: AbortSignal } = {},
): Promise<Uint8Array> {
  signal?.throwIfAborted();
  const image = await renderAsync(svg, pictureOptions(scale));
  return (await encodePng(image.pixels, image.width, image.height)) ?? image.asPng();
}

const SANS = "DejaVu Sans Condensed";

function pictureOptions(scale: number): ResvgRenderOptions {
  const { resolve } = createRequire(import.meta.url);
  const fonts = ["DejaVuSansCondensed.ttf", "DejaVuSansCondensed-Bold.ttf", "DejaVuSansMono.ttf"];
  return {
    fitTo: { mode: "zoom", value: scale },
    font: {
      loadSystemFonts: false,
      fontFiles: fonts.map((name) => resolve(`dejavu-fonts-ttf/ttf/${name}`)),
      defaultFontFamily: SANS,
      sansSerifFamily: SANS,
      monospaceFamily: "DejaVu Sans Mono",
    },
  };
}
