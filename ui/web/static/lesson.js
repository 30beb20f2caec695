// The lesson, checked: opening a claim's evidence beside it, filters, steps, and links to a claim.
"use strict";
(() => {
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const wide = window.matchMedia("(min-width: 1160px)");
  const TAB = "tab-lesson-button";
  const one = (selector) => document.querySelector(`#lesson ${selector}`);
  const all = (selector) => [...document.querySelectorAll(`#lesson ${selector}`)];
  const list = (words) => words.split(" ").filter(Boolean);
  const isShown = () => Boolean(one(".lesson")?.offsetParent);

  // Which claims the filters leave; worst verdict first.
  const SEVERITY = ["wrong", "outdated", "unverifiable", "agrees"];
  const cards = () => new Map(all("[data-card]").map((card) => [card.dataset.card, card]));
  const pressed = (what) =>
    all(`[data-filter="${what}"][aria-pressed="true"]`).map((each) => each.dataset.value);
  const kept = () => {
    const [verdicts, systems] = [pressed("verdict"), pressed("system")];
    return new Map([...cards()].filter(([, card]) =>
      (!verdicts.length || verdicts.includes(card.dataset.verdict))
      && (!systems.length || list(card.dataset.systems).some((each) => systems.includes(each)))));
  };
  const filter = () => {
    const left = kept();
    all("mark.claim").forEach((mark) => {
      const verdicts = list(mark.dataset.claims).filter((id) => left.has(id))
        .map((id) => SEVERITY.indexOf(left.get(id).dataset.verdict));
      mark.dataset.verdict = verdicts.length ? SEVERITY[Math.min(...verdicts)] : "";
    });
    all("[data-open]").forEach((button) => {
      const count = list(button.dataset.open).filter((id) => left.has(id)).length;
      button.hidden = count === 0;
      button.querySelector(".times").textContent = count > 1 ? ` ×${count}` : "";
    });
    const total = cards().size;
    one("[role=status]").textContent = left.size === total
      ? `All ${total} claims are marked.` : `${left.size} of ${total} claims are marked.`;
    one("[data-mark-all]").hidden = left.size === total;
    all("[data-step]").forEach((each) => { each.disabled = left.size === 0; });
    if (opener) close(false);
  };
  const markAll = () => {
    all("[data-filter]").forEach((each) => each.setAttribute("aria-pressed", "false"));
    filter();
  };

  // Evidence: one panel, moved beside the place that it is about.
  let opener = null;
  let lastOpener = null;
  const panel = () => document.getElementById("evidence");
  const close = (withFocus) => {
    if (!panel() || panel().hidden) return;
    panel().hidden = true;
    document.getElementById("evidence-row")?.replaceWith(panel());
    one(".claim-cards").append(...panel().querySelectorAll("[data-card]"));
    all("mark.is-open").forEach((mark) => mark.classList.remove("is-open"));
    opener?.setAttribute("aria-expanded", "false");
    if (withFocus && opener?.isConnected) opener.focus({ preventScroll: true });
    opener = null;
  };
  const settle = () => {
    if (!panel() || panel().hidden || !opener?.isConnected) return;
    const top = opener.getBoundingClientRect().top - one(".lesson-text").getBoundingClientRect().top;
    panel().style.top = wide.matches ? `${Math.max(0, top - 12)}px` : "";
  };
  const place = (button) => {
    const row = button.closest("tr");
    const item = button.closest("li");
    const inner = item?.querySelector(":scope > ul, :scope > ol");
    document.getElementById("evidence-row")?.replaceWith(panel());
    if (row && wide.matches) row.closest("table").after(panel());
    else if (row) row.after(rowAround(panel(), row.cells.length));
    else if (inner) inner.before(panel());
    else if (item) item.append(panel());
    else button.closest("p").after(panel());
  };
  const rowAround = (inside, columns) => {
    const row = Object.assign(document.createElement("tr"), { id: "evidence-row" });
    const cell = Object.assign(document.createElement("td"), { colSpan: columns });
    cell.append(inside);
    row.append(cell);
    return row;
  };
  const open = (button, id = null) => {
    close(false);
    const [left, known] = [kept(), cards()];
    const here = list(button.dataset.open).filter((each) => left.has(each));
    const ids = here.includes(id) ? [id, ...here.filter((each) => each !== id)] : here;
    panel().querySelector(".evidence-cards").replaceChildren(...ids.map((each) => known.get(each)));
    place(button);
    panel().hidden = false;
    button.setAttribute("aria-expanded", "true");
    opener = lastOpener = button;
    all("mark.claim").filter((mark) => before(mark, button)
      && list(mark.dataset.claims).some((each) => ids.includes(each)) && nextButton(mark, ids) === button)
      .forEach((mark) => mark.classList.add("is-open"));
    settle();
    (known.get(ids[0]) ?? panel()).focus({ preventScroll: true });
    const behavior = calm.matches ? "auto" : "smooth";
    button.scrollIntoView({ block: wide.matches ? "center" : "start", behavior });
  };
  const before = (one, other) =>
    Boolean(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
  const nextButton = (mark, ids) => all("[data-open]").find((button) => !button.hidden
    && before(mark, button) && list(button.dataset.open).some((each) => ids.includes(each)));

  // Steps from one place to the next, round the end.
  const step = (way) => {
    const buttons = all("[data-open]").filter((each) => !each.hidden);
    if (!buttons.length) return;
    const from = buttons.indexOf(opener ?? lastOpener);
    const below = buttons.findIndex((each) => each.getBoundingClientRect().top > 80);
    const start = below < 0 ? 0 : below;
    let goal = way === "next" ? from + 1 : from - 1;
    if (from < 0) goal = way === "next" ? start : start - 1;
    open(buttons.at(goal % buttons.length));
  };

  // A link to a claim, from a chat or from the address: the tab, the text and the place come one
  // after the other.
  let wanted = null;
  const isClaim = (id) => /^claim-\d+(?:-\d+)?$/.test(id);
  const show = (id) => {
    if (!isClaim(id)) return;
    wanted = id;
    if (!isShown()) openTab();
    reach();
  };
  const openTab = () => {
    const named = [...document.querySelectorAll("[role=tab], .overflow-dropdown button")]
      .filter((each) => each.id === TAB || each.textContent.trim() === "The lesson, checked");
    (named.find((each) => each.offsetParent) ?? named[0])?.click();
  };
  const reach = () => {
    if (!wanted || !isShown()) return;
    const id = wanted.split("-").slice(0, 2).join("-");
    const mark = document.getElementById(wanted);
    wanted = null;
    if (!mark) return;
    if (!kept().has(id)) markAll();
    open(nextButton(mark, [id]), id);
  };
  const copy = async (button) => {
    const words = button.textContent;
    const link = `${window.location.origin}${window.location.pathname}#${button.dataset.copyClaim}`;
    try {
      await navigator.clipboard.writeText(link);
      button.textContent = "Copied";
    } catch { button.textContent = "Not allowed"; }
    setTimeout(() => { button.textContent = words; }, 1500);
  };

  const acts = [
    ["[data-claim]", (link, event) => { event.preventDefault(); show(link.dataset.claim); }],
    ["#lesson [data-open]", (button) => { button === opener ? close(true) : open(button); }],
    ["#lesson [data-close-evidence]", () => close(true)],
    ["#lesson [data-mark-all]", markAll],
    ["#lesson [data-step]", (button) => step(button.dataset.step)],
    ["#lesson [data-copy-claim]", copy],
    ["#lesson [data-filter]", (button) => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      filter();
    }],
    ["#lesson mark a", () => {}],
    ["#lesson mark.claim", (mark) => {
      const left = kept();
      const button = nextButton(mark, list(mark.dataset.claims).filter((id) => left.has(id)));
      if (button) open(button);
    }],
  ];
  document.addEventListener("click", (event) => {
    for (const [selector, act] of acts) {
      const found = event.target.closest?.(selector);
      if (found) { act(found, event); return; }
    }
  });

  const types = (element) => element.closest?.("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (!isShown() || event.ctrlKey || event.metaKey || event.altKey || types(event.target)) return;
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && opener) close(true);
    if (event.key === "j") step("next");
    if (event.key === "k") step("previous");
  });
  window.addEventListener("resize", settle);
  wide.addEventListener("change", () => {
    if (!opener?.isConnected) return;
    const had = document.activeElement;
    place(opener);
    settle();
    had.focus({ preventScroll: true });
  });
  window.addEventListener("hashchange", () => show(window.location.hash.slice(1)));

  // On a phone a table's rows stand below one another: each cell says which column it is, and the
  // roles stay what they are.
  const nameCells = () => all(".lesson-text table").forEach((table) => {
    const heads = [...table.querySelectorAll("thead th")].map((each) => each.textContent.trim());
    const roles = { table: [table], rowgroup: table.tBodies, row: table.rows,
      columnheader: table.querySelectorAll("th"), cell: table.querySelectorAll("td") };
    for (const [role, found] of Object.entries(roles)) {
      [...found].forEach((each) => each.setAttribute("role", role));
    }
    table.querySelectorAll("tbody td").forEach((cell) => { cell.dataset.column = heads[cell.cellIndex] ?? ""; });
  });

  // The text comes after the tab is opened, and perhaps again.
  let known = null;
  const look = () => {
    const lesson = one(".lesson");
    if (lesson && lesson !== known) {
      known = lesson;
      opener = lastOpener = null;
      one(".contents details").open = wide.matches;
      nameCells();
    }
    reach();
  };
  document.addEventListener("DOMContentLoaded", () => {
    wanted = isClaim(window.location.hash.slice(1)) ? window.location.hash.slice(1) : null;
    new MutationObserver(() => {
      if (wanted && !isShown() && !one(".quiet")) openTab();
      look();
    }).observe(document.body, { childList: true, subtree: true });
  });
})();
