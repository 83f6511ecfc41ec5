import { greys, type Theme } from "../charts/look.ts";

/** The style of the page. Colours come from the charts; everything is on a grid of 8 pixels. */
export const pageStyle = `
:root{color-scheme:light;${variables("light")}}
:root[data-theme=dark]{color-scheme:dark;${variables("dark")}}
*{box-sizing:border-box}
html{scroll-padding-top:16px;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--background);color:var(--text);font:15px/24px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
code,.code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.93em}
a{color:var(--accent)}
h1{font-size:24px;line-height:32px;margin:0 0 8px}
h2{font-size:20px;line-height:28px;margin:0 0 16px}
h3{font-size:15px;line-height:24px;margin:0}
p{margin:0 0 8px;max-width:80ch}
h1,h2,h3,p,li,dd,summary,.caption{overflow-wrap:anywhere}
button,select{font:inherit;color:inherit;background:var(--background);border:1px solid var(--line);border-radius:4px;padding:0 8px;height:28px;max-width:100%}
button{cursor:pointer}
button:hover,select:hover{border-color:var(--axis)}
:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
.quiet{color:var(--quiet)}
.note{color:var(--quiet);font-size:14px;line-height:20px}
.layout{display:grid;grid-template-columns:200px minmax(0,1fr);max-width:1440px;margin:0 auto}
.contents{position:sticky;top:0;align-self:start;height:100vh;overflow:auto;padding:24px 8px 24px 24px;font-size:14px}
.contents ul{list-style:none;margin:0;padding:0}
.contents a{display:block;padding:2px 8px;border-left:2px solid transparent;color:var(--quiet);text-decoration:none;overflow-wrap:anywhere}
.contents a:hover{color:var(--text)}
.contents a[aria-current]{color:var(--text);border-color:var(--accent)}
.contents summary{display:none}
main{min-width:0;padding:24px}
header{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:0 16px;margin-bottom:24px}
header p{grid-column:1}
section{padding:24px 0 8px;border-top:1px solid var(--line)}
.part{margin:0 0 24px}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(180px,1fr));gap:16px 24px;margin:0 0 24px}
.facts dt{color:var(--quiet);font-size:14px;line-height:20px}
.facts dd{margin:0;font-variant-numeric:tabular-nums}
.facts .value{font-size:18px;line-height:24px}
.findings{list-style:none;margin:0 0 24px;padding:0}
.findings>li{display:grid;grid-template-columns:88px minmax(0,1fr);gap:0 8px;padding:8px 0;border-bottom:1px solid var(--grid)}
.severity{font-size:14px;color:var(--quiet);white-space:nowrap}
.severity svg{vertical-align:-2px;margin-right:8px}
.severity-4,.severity-3,.severity-2{color:var(--text)}
.severity-4,.severity-3{font-weight:600}
.findings h3{font-weight:600}
.findings p{margin:0;color:var(--quiet)}
figure{margin:0 0 24px;min-width:0}
figure>.head,.tablehead{display:flex;flex-wrap:wrap;gap:0 16px;align-items:baseline}
.head>h3,.tablehead>h3{flex:1 1 240px}
.actions{display:flex;margin:0 -6px;gap:4px;font-size:13px}
.actions button{border-color:transparent;padding:0 6px;height:24px;color:var(--quiet)}
.actions button:hover,.actions button[aria-expanded=true]{color:var(--text);border-color:var(--line)}
.canvas{position:relative;margin:8px -16px 0;overflow:hidden}
.canvas .brush{position:absolute;top:0;bottom:0;background:var(--accent);opacity:.2;pointer-events:none}
[hidden]{display:none}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:8px 32px}
.scroll{overflow:auto;margin-top:8px;border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
table{border-collapse:collapse;font-size:14px;line-height:20px;font-variant-numeric:tabular-nums}
th,td{padding:4px 16px 4px 0;text-align:left;vertical-align:top;height:28px;max-width:48ch;overflow-wrap:anywhere}
td:first-child,th:first-child{padding-left:4px}
th{position:sticky;top:0;background:var(--background);font-weight:600;white-space:nowrap;z-index:1;box-shadow:inset 0 -1px var(--line)}
th button{all:unset;cursor:pointer}
th button:focus-visible{outline:2px solid var(--accent)}
th button::after{content:" \\2195";color:var(--axis);font-weight:400}
th[aria-sort=ascending] button::after{content:" \\2191";color:var(--text)}
th[aria-sort=descending] button::after{content:" \\2193";color:var(--text)}
td{border-bottom:1px solid var(--grid)}
.number{text-align:right;white-space:nowrap}
.time{white-space:nowrap}
.scroll.all{max-height:80vh}
td.short{white-space:nowrap;max-width:none}
tbody tr:hover{background:var(--hover)}
.caption{font-size:14px;color:var(--quiet);margin-top:4px}
.link{all:unset;cursor:pointer;color:var(--accent);text-decoration:underline;text-underline-offset:2px}
.link:focus-visible{outline:2px solid var(--accent)}
.tabs{display:flex;flex-wrap:wrap;gap:8px;align-items:center;margin:0 0 16px}
.tabs [aria-selected=true]{border-color:var(--accent);box-shadow:inset 0 -2px var(--accent)}
.choicename{display:none}
details>summary{cursor:pointer;color:var(--quiet);font-size:14px}
.tip{font-size:13px;line-height:18px;max-width:380px;overflow-wrap:anywhere;white-space:normal}
.tip b{font-weight:600}
.tip div{display:flex;gap:8px;align-items:baseline}
.tip .value{margin-left:auto;padding-left:8px;font-variant-numeric:tabular-nums;white-space:nowrap}
.tip i{flex:none;width:8px;height:8px;border-radius:2px}
@media(max-width:1000px){
.layout{display:block}
.contents{position:static;height:auto;padding:16px 16px 0}
.contents summary{display:list-item}
main{padding:16px}
}
@media(max-width:600px){
.findings>li{grid-template-columns:minmax(0,1fr)}
.facts{grid-template-columns:repeat(auto-fill,minmax(136px,1fr))}
header{grid-template-columns:minmax(0,1fr)}
.themes{order:-1;justify-self:end}
td.code.short:not(.brief){white-space:normal;min-width:24ch}
td.text:not(.short),td.code:not(.short):not(.quiet){min-width:32ch}
}
@media print{
:root,:root[data-theme=dark]{color-scheme:light;${variables("light")}}
body{font-size:10pt;line-height:14pt}
.layout{display:block;max-width:none}
.contents,.actions,.tabs,.themes,.more{display:none}
main{padding:0}
[hidden].panel{display:block!important}
.choicename{display:block;margin:8px 0}
.scroll,.scroll.all{overflow:visible;max-height:none}
th{position:static;white-space:normal}
table{font-size:8.5pt;line-height:12pt}
th,td,td.short,td.code.short{height:auto;padding:2pt 6pt 2pt 0;white-space:normal;min-width:0}
td.number.short,td.time.short{white-space:nowrap}
th button::after,th[aria-sort] button::after{content:none}
.canvas{margin:8px 0 0}
.link{color:inherit;text-decoration:none}
tr,figure,.findings>li{break-inside:avoid}
h2,h3{break-after:avoid}
.grid{display:block}
}
`;

function variables(theme: Theme): string {
  const { background, text, quiet, axis, grid, accent } = greys[theme];
  const isLight = theme === "light";
  const line = isLight ? "#d0d7de" : "#39424c";
  const hover = isLight ? "#f5f7f9" : "#1b2127";
  return `--background:${background};--text:${text};--quiet:${quiet};--axis:${axis};--grid:${grid};--accent:${accent};--line:${line};--hover:${hover};`;
}
