"""The style of pages that are one file: light and dark, wide and narrow, on paper too."""

from typing import Final

# Signs are characters: a drawing would have to be fetched, be it only from the file itself.
STYLE: Final = """
:root { color-scheme: light dark; --paper: #faf9f6; --card: #fff; --sunk: #f2f0eb; --ink: #1c2025;
  --quiet: #5a616a; --line: #e2dfd8; --open: #0a6761; --open-soft: #e1f0ee; --other: #83357a;
  --other-soft: #f5e8f3; --warning: #7c5200; --danger: #9c2b22; --marked: #ffe7a0; }
@media screen and (prefers-color-scheme: dark) { :root { --paper: #14161a; --card: #1b1e23;
  --sunk: #23272d;
  --ink: #e7e5e0; --quiet: #a3a9b2; --line: #30353c; --open: #62c9bf; --open-soft: #16302e;
  --other: #e09ad3; --other-soft: #35213a; --warning: #e6b868; --danger: #f19a90;
  --marked: #5a4810; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 2rem clamp(1rem, 4vw, 3rem);
  background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.25; text-wrap: balance; }
h2 { font-size: 1.25rem; line-height: 1.4; }
h3 { margin: 0; font-size: 1rem; }
h4, h5, h6 { margin: 1em 0 0.3em; font-size: 0.9375rem; }
a { color: inherit; text-underline-offset: 0.15em; }
:focus-visible { outline: 2px solid var(--open); outline-offset: 2px; }
.quiet { color: var(--quiet); font-size: 0.875rem; }
.top { padding-bottom: 1rem; border-bottom: 1px solid var(--line); }
.top .quiet { margin: 0.4rem 0 0; }
section { padding: 1rem 0 2rem; border-bottom: 1px solid var(--line); }
.question p { margin: 0; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr));
  gap: 1rem; align-items: start; }
.answer { min-width: 0; padding: 1rem 1.25rem; border: 1px solid var(--line);
  border-top: 3px solid var(--other); border-radius: 10px; background: var(--card); }
.answer.open { border-top-color: var(--open); }
.answer > header { display: flex; flex-wrap: wrap; gap: 0.3rem 0.7rem; align-items: baseline; }
.kind { padding: 0.05rem 0.5rem; border-radius: 99px; background: var(--other-soft);
  color: var(--other); font-size: 0.8125rem; }
.kind-open { background: var(--open-soft); color: var(--open); }
.state { color: var(--danger); font-size: 0.8125rem; }
.answer-text, .passage-text { overflow-x: auto; }
pre { overflow-x: auto; padding: 0.7rem; border-radius: 6px; background: var(--sunk); }
code { font: 0.875em ui-monospace, Menlo, Consolas, "Liberation Mono", monospace; }
table { border-collapse: collapse; font-size: 0.9375rem; }
th, td { padding: 0.3rem 0.6rem; border: 1px solid var(--line); text-align: start;
  overflow-wrap: normal; }
blockquote { margin: 0; padding-inline-start: 1rem; border-inline-start: 3px solid var(--line); }
mark { padding: 0 0.1em; background: var(--marked); color: var(--ink); }
.cite { display: inline-block; min-width: 1.5em; margin: 0 0.1em; padding: 0 0.35em;
  border-radius: 5px; background: var(--sunk); font-size: 0.75rem; line-height: 1.6;
  text-align: center; text-decoration: none; }
.cite.no-such { color: var(--danger); text-decoration: line-through; }
.doubt { color: var(--warning); font-size: 0.8125rem; }
details { margin-top: 0.7rem; font-size: 0.9375rem; }
summary { cursor: pointer; color: var(--quiet); }
.checks ol { margin: 0.5rem 0 0; padding-inline-start: 1.5rem; }
.checks li { margin: 0.3rem 0; }
.verdict { margin-inline-end: 0.6em; color: var(--quiet); font-size: 0.8125rem; }
.to-source { margin-inline-start: 0.5em; font-size: 0.8125rem; }
.not-cited { color: var(--warning); font-size: 0.8125rem; }
.disputes { margin-top: 1rem; padding: 0.7rem 1rem; border-inline-start: 3px solid var(--warning);
  background: var(--sunk); font-size: 0.9375rem; }
.disputes h4 { margin-top: 0; }
.disputes .quiet > * { margin-inline-end: 0.5em; }
.receipt .figure { margin-inline-end: 0.8em; }
.journey { margin: 0.3rem 0; padding: 0; list-style: none; }
dl { display: grid; gap: 0.2rem 1rem; margin: 0.3rem 0; }
.receipt dl { grid-template-columns: minmax(8rem, max-content) 1fr; }
dt { color: var(--quiet); }
dd { margin: 0; }
.sources { margin-top: 1.5rem; }
.passage { padding: 0.5rem 0.9rem; border: 1px solid var(--line); border-radius: 8px;
  background: var(--card); }
.passage:target { border-color: var(--open); }
.passage .number { margin-inline-end: 0.6em; font-weight: 600; }
.passage .title { margin-inline-end: 0.6em; color: var(--ink); font-weight: 600; }
.passage .snippet { display: block; }
.passage[open] .snippet { display: none; }
.icon::before { margin-inline-end: 0.3em; }
.icon-kind-open::before { content: "\\25CB"; }
.icon-kind-proprietary::before { content: "\\25A0"; }
.icon-check::before { content: "\\2713"; }
.icon-half::before { content: "\\25D0"; }
.icon-question::before { content: "?"; }
.icon-elsewhere::before { content: "\\21B7"; }
.icon-verdict-agrees::before { content: "\\2713"; }
.icon-verdict-wrong::before { content: "\\2715"; }
.icon-verdict-outdated::before { content: "\\25F7"; }
.icon-verdict-unverifiable::before { content: "?"; }
.icon-warning::before { content: "\\26A0"; }
.sr-only { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }
footer { padding-top: 1rem; }
@media print { :root { color-scheme: light; } body { max-width: none; padding: 0; }
  .answer, .passage { break-inside: avoid; } }
"""
