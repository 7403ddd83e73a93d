/** Everything the page needs to look as it should; no font, image or script comes from elsewhere. */
export const style = `
:root { color-scheme: light dark; --ground: #fff; --panel: #f6f7f9; --text: #1b1f24; --faint: #5a6472; --line: #d5dae1;
  --pass: #116b37; --pass-ground: #dcf3e4; --fail: #a3161f; --fail-ground: #fde1e2; --unclear: #7a5200; --unclear-ground: #fdf0cf;
  --c0: #1f6feb; --c1: #d1570b; --c2: #1a7f64; --c3: #8a3ffc; --c4: #b0257a; --c5: #6b6f1d; --c6: #0d7f93; --c7: #7d4e2d; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171c; --panel: #1d2127; --text: #e7eaee; --faint: #a3adba; --line: #38404b;
  --pass: #7fdca4; --pass-ground: #14361f; --fail: #ff9a9e; --fail-ground: #46161a; --unclear: #f3c969; --unclear-ground: #3d2f0c;
  --c0: #6cb0ff; --c1: #ff9d57; --c2: #4fd1a9; --c3: #c3a0ff; --c4: #ff8fc8; --c5: #cdd15a; --c6: #54cfe3; --c7: #d9a57f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem clamp(.75rem, 3vw, 2rem) 4rem; max-width: 72rem; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: .5rem 0; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; } h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
p { margin: .25rem 0 .75rem; } a { color: inherit; } .faint, caption { color: var(--faint); }
.scroll { overflow-x: auto; } .scroll:focus-visible, a:focus-visible, summary:focus-visible { outline: 3px solid var(--c0); outline-offset: 2px; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { text-align: left; font-size: .8125rem; padding-bottom: .25rem; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; } th:first-child { text-align: left; } thead th { color: var(--faint); font-weight: 500; }
tbody th { font-weight: 500; }
.badge { display: inline-block; padding: 0 .5rem; border-radius: .75rem; font-weight: 600; text-decoration: none; white-space: nowrap; background: var(--panel); color: var(--faint); }
a.badge:hover { text-decoration: underline; }
.pass { background: var(--pass-ground); color: var(--pass); } .fail { background: var(--fail-ground); color: var(--fail); }
.inconclusive { background: var(--unclear-ground); color: var(--unclear); }
section { content-visibility: auto; contain-intrinsic-size: auto 60rem; border-top: 1px solid var(--line); scroll-margin-top: 1rem; } .more { margin-top: .75rem; } .more .measures { margin-top: .5rem; } .measures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 1rem; }
figure { margin: 0; padding: .75rem; background: var(--panel); border-radius: .5rem; min-width: 0; } figure.wide { margin-bottom: 1rem; } figure.wide svg[role] { max-width: 46rem; } figcaption { font-weight: 600; } figcaption small { display: block; font-weight: 400; color: var(--faint); }
svg { display: block; width: 100%; max-width: 34rem; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: var(--faint); text-anchor: middle; } svg .b { text-anchor: start; } svg .e { text-anchor: end; } svg .axis { stroke: var(--line); } svg .declared { stroke: var(--text); stroke-width: 2; } svg .limit { stroke: var(--fail); stroke-dasharray: 2 3; } svg text.limit { fill: var(--fail); stroke: var(--panel); stroke-width: 4px; stroke-dasharray: none; paint-order: stroke; }
figure caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
svg .curve { fill: none; stroke-width: 2; } .key { display: flex; flex-wrap: wrap; gap: .1rem 1rem; list-style: none; margin: .25rem 0; padding: 0; font-size: .8125rem; } .key svg { display: inline-block; width: 28px; height: 8px; vertical-align: middle; }
${Array.from({ length: 8 }, (_, i) => `.s${i} { stroke: var(--c${i}); fill: var(--c${i}); }`).join(' ')}
summary { cursor: pointer; color: var(--faint); font-size: .875rem; } ul { padding-left: 1.2rem; } li { margin: .15rem 0; } dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; } dt { color: var(--faint); } dd { margin: 0; }
@media print { body { max-width: none; } details { display: block; } }
`;
