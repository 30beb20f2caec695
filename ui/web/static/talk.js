// The conversation: putting its parts together as they come, and what its buttons do.
"use strict";
(() => {
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const behavior = () => (calm.matches ? "auto" : "smooth");
  const byId = (id) => document.getElementById(id);
  const made = (html) => document.createRange().createContextualFragment(html);
  const box = () => document.querySelector("#question textarea");

  // Set when the component stands on the page.
  let tell = () => {};
  let frame = null;
  const slot = (name) => frame.querySelector(`:scope > .${name}`);

  // Folds: a card that is drawn anew keeps what the reader opened or closed.
  const wanted = new Map();
  const keyOf = (fold) => {
    const owner = fold.closest("[id]");
    if (!owner || !fold.closest("#conversation, #sources")) return null;
    const alike = [...owner.querySelectorAll("details")].filter((each) => each.closest("[id]") === owner);
    return `${owner.id}/${alike.indexOf(fold)}`;
  };
  const refold = (part) => part.querySelectorAll("details").forEach((fold) => {
    const key = keyOf(fold);
    if (wanted.has(key)) fold.open = wanted.get(key);
  });
  document.addEventListener("toggle", (event) => {
    const fold = event.target;
    if (!(fold instanceof HTMLDetailsElement)) return;
    const key = keyOf(fold);
    if (key && wanted.has(key) && wanted.get(key) !== fold.open) fold.open = wanted.get(key);
  }, true);

  // On a narrow screen the two sides of a turn are tabs.
  const sides = new Map();
  const showSide = (turn, side) => {
    const answers = turn.querySelector(".answers[data-sides='2']");
    if (!answers) return;
    answers.dataset.shown = side;
    turn.querySelectorAll("[data-side-tab]").forEach((tab) => {
      const isShown = tab.dataset.sideTab === side;
      tab.setAttribute("aria-selected", String(isShown));
      tab.tabIndex = isShown ? 0 : -1;
    });
    sides.set(turn.id, side);
  };

  // The place of the keyboard in a part that is drawn anew.
  const placeIn = (part) => {
    const at = document.activeElement;
    if (!part?.contains(at)) return null;
    const action = at.closest("[data-action]")?.dataset;
    return action ? { action: action.action, answer: action.answer, turn: action.turn } : { turn: part.closest(".turn")?.id };
  };
  const goBackTo = (place) => {
    if (!place) return;
    const find = (name) => document.querySelector(`#conversation [data-action="${name}"][data-turn="${place.turn}"]${place.answer === undefined ? "" : `[data-answer="${place.answer}"]`}`);
    const isMine = place.action && (find(place.action) ?? find("again"));
    const goal = [isMine, box()].find((each) => each && !each.disabled && each.offsetParent);
    goal?.focus({ preventScroll: true });
  };

  let isWriting = false;
  const questionOf = (turn) => turn.querySelector(".question .words").textContent;

  // Parts of the conversation: each has an id and is drawn again only when it has changed.
  const drawn = new Map();
  const put = (part) => {
    const old = byId(part.id);
    if (old && drawn.get(part.id) === part.html) return;
    drawn.set(part.id, part.html);
    if (!part.html) { old?.remove(); return; }
    const place = placeIn(old);
    const fresh = made(part.html).firstElementChild;
    if (old) old.replaceWith(fresh); else slot("turns").append(fresh);
    afterDrawing(fresh);
    goBackTo(place);
  };
  const putAll = (parts) => {
    const turns = slot("turns");
    const isSame = turns.childElementCount === parts.length
      && parts.every((part, n) => turns.children[n].id === part.id && drawn.get(part.id) === part.html);
    if (isSame) return;
    drawn.clear();
    sides.clear();
    parts.forEach((part) => drawn.set(part.id, part.html));
    turns.replaceChildren(made(parts.map((part) => part.html).join("")));
    afterDrawing(turns);
    follows = false;
    chosen = null;
    if (parts.length) turns.lastElementChild.scrollIntoView({ block: "start" });
    else window.scrollTo(0, 0);
  };
  // While something is being written nothing else is asked.
  const lock = (part) => part.querySelectorAll("[data-action='again'], [data-action='other'], [data-action='edit']").forEach((button) => {
    button.disabled = isWriting;
  });
  const afterDrawing = (part) => {
    refold(part);
    lock(part);
    const turn = part.closest(".turn");
    if (turn && sides.has(turn.id)) showSide(turn, sides.get(turn.id));
    nameOthers(part, true);
  };
  const fill = (name, html) => {
    const place = slot(name);
    if (drawn.get(place) === html) return false;
    drawn.set(place, html);
    place.replaceChildren(made(html ?? ""));
    return true;
  };

  // What a reload opens again. It comes with the words, not with the list of conversations: whoever
  // reloads as soon as they have read the answer has it back.
  const setAddress = (id) => {
    const query = new URLSearchParams(location.search);
    if ((query.get("chat") ?? "") === id) return;
    query.delete("chat");
    if (id) query.set("chat", id);
    const rest = query.size ? `?${query}` : "";
    history.replaceState(history.state, "", `${location.pathname}${rest}${location.hash}`);
  };

  const show = (value) => {
    if (!frame || !value?.put) return;
    setAddress(value.conversation);
    // A busy browser passes over updates: it may see a turn only when that has ended already.
    const isLate = !value.all && !value.writing && value.put.some((part) => part.html && !byId(part.id));
    const begins = (value.writing || isLate) && !isWriting;
    isWriting = Boolean(value.writing);
    if (value.all) putAll(value.put); else value.put.forEach(put);
    const isRefused = fill("refusal", value.refused) && value.refused;
    fill("foot", value.foot);
    lock(frame);
    document.documentElement.classList.toggle("is-writing", isWriting);
    marks();
    if (begins) {
      const late = isLate ? slot("turns").lastElementChild : null;
      const asked = late ? questionOf(late) : value.asked;
      if (asked && box()?.value === asked) write("", false);
      closePreview(false);
      beginFollowing(late);
    }
    grow(lastLive);
    if (isRefused) { refusedAt = performance.now(); showRefusal(); }
  };

  let composerWas = 0;
  let refusedAt = -Infinity;
  // What the style sheets ask about the whole, said once: a rule that looks for it inside a long
  // page would look again at every word that arrives.
  const marks = () => {
    const root = document.documentElement;
    root.toggleAttribute("data-asked", Boolean(frame?.querySelector(".turn")));
    root.toggleAttribute("data-compared", Boolean(frame?.querySelector(".answers[data-sides='2']")));
    root.toggleAttribute("data-empty", Boolean(byId("welcome")) && !root.hasAttribute("data-asked"));
  };
  const showRefusal = () => {
    const refused = slot("refusal").firstElementChild;
    if (!refused) return;
    composerWas = byId("composer")?.offsetHeight ?? 0;
    refused.style.scrollMarginBottom = `${(byId("composer")?.offsetHeight ?? 0) + 12}px`;
    refused.scrollIntoView({ block: "nearest", behavior: behavior() });
  };

  // Answers that grow: settled blocks are added once, only the rest is drawn anew.
  const grown = new WeakMap();
  let lastLive = null;
  const grow = (value) => {
    lastLive = value;
    for (const part of value?.answers ?? []) {
      const card = byId(part.id);
      if (!card?.classList.contains("is-live")) continue;
      const text = card.querySelector(".answer-text");
      const state = grown.get(card) ?? { blocks: 0, tail: "", step: null, end: null };
      grown.set(card, state);
      if (part.blocks.length > state.blocks || part.tail !== state.tail) {
        if (!state.end) {
          state.end = document.createElement("div");
          state.end.className = "tail";
          text.append(state.end);
        }
        if (part.blocks.length > state.blocks) {
          state.end.before(made(part.blocks.slice(state.blocks).join("")));
          state.blocks = part.blocks.length;
        }
        if (part.tail !== state.tail) { state.end.innerHTML = part.tail; state.tail = part.tail; }
      }
      if (part.step !== state.step) { card.querySelector(".live-step").innerHTML = part.step; state.step = part.step; }
    }
    follow();
  };

  // Follow a new answer while it grows, its question never leaving the top, until the reader moves.
  let follows = false;
  const leave = () => { follows = false; };
  ["wheel", "touchmove", "pointerdown"].forEach((name) => window.addEventListener(name, leave, { passive: true }));
  window.addEventListener("keydown", (event) => { if (!event.target.closest?.("textarea")) leave(); });
  const beginFollowing = (late) => {
    const card = frame.querySelector(".answer.is-live");
    const turn = late ?? card?.closest(".turn");
    follows = Boolean(turn) && turn === slot("turns").lastElementChild;
    chosen = null;
    if (card && !follows) card.scrollIntoView({ block: "nearest", behavior: behavior() });
  };
  const follow = () => {
    const turn = follows && slot("turns").lastElementChild;
    if (!turn) return;
    const place = turn.getBoundingClientRect();
    const end = place.bottom + (byId("composer")?.offsetHeight ?? 0) - window.innerHeight;
    const way = Math.min(end, place.top - headHeight());
    if (way > 0) window.scrollBy(0, way);
  };
  const headHeight = () => {
    const choices = byId("choices");
    return choices && getComputedStyle(choices).position === "sticky" ? choices.getBoundingClientRect().bottom + 8 : 8;
  };

  // Citations: open the passage, mark it, put the focus there; remember where the reader came from.
  let cameFrom = null;
  let chosen = null;
  const reveal = (passage) => {
    document.querySelectorAll(".passage.is-chosen").forEach((each) => each.classList.remove("is-chosen"));
    passage.open = true;
    wanted.set(keyOf(passage), true);
    passage.classList.add("is-chosen");
    const mark = passage.querySelector(".passage-text mark") ?? passage;
    passage.querySelector("summary").focus({ preventScroll: true });
    (passage.offsetHeight > window.innerHeight * 0.7 ? mark : passage).scrollIntoView({ block: "nearest", behavior: behavior() });
  };
  // The panel may come, or be drawn anew, after the click: the choice is made again then.
  const keepChosen = () => {
    const passage = chosen && byId(chosen);
    if (passage && !passage.classList.contains("is-chosen")) reveal(passage);
  };
  const cite = (link) => {
    const turn = Number(link.dataset.turn);
    chosen = `p${turn}-${link.dataset.passage}`;
    cameFrom = link;
    const passage = byId(chosen);
    if (passage) reveal(passage); else tell("select", { turn });
  };
  const back = (link) => {
    const goal = cameFrom?.isConnected ? cameFrom : byId(link.hash.slice(1));
    goal?.scrollIntoView({ block: "center", behavior: behavior() });
    if (cameFrom?.isConnected) cameFrom.focus({ preventScroll: true });
  };

  // Buttons of the conversation.
  const write = (words, withFocus = true) => {
    const field = box();
    field.value = words;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    if (!withFocus) return;
    field.focus();
    field.setSelectionRange(words.length, words.length);
  };
  const copy = async (button) => {
    const words = button.closest(".answer").querySelector(".answer-text").cloneNode(true);
    words.querySelectorAll(".sr-only, .doubt").forEach((each) => each.remove());
    words.querySelectorAll(".cite").forEach((each) => { each.textContent = `[${each.textContent}]`; });
    words.className = "copied-from";
    document.body.append(words);
    const text = words.innerText.trim();
    words.remove();
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch { button.textContent = "Not allowed"; }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  };
  const placeOf = (button) => ({ turn: Number(button.dataset.turn), answer: Number(button.dataset.answer) });
  const actions = {
    again: (button) => tell("retry", { action: "again", ...placeOf(button) }),
    other: (button) => tell("retry", { action: "other", ...placeOf(button) }),
    stop: (button) => tell("stop", placeOf(button)),
    copy,
    edit: (button) => write(questionOf(button.closest(".turn"))),
    "close-preview": () => closePreview(),
  };
  const openTab = (name) => byId(`tab-${name}-button`)?.click();
  const ask = (question) => {
    openTab("chat");
    // What cannot be asked yet is not lost.
    if (isWriting) { write(question); return; }
    document.querySelector("#kind input[value='both']")?.click();
    tell("submit", { question });
  };

  // The preview takes the focus when it comes and gives it back when it goes.
  let previewed = null;
  const closePreview = (withFocus = true) => {
    document.querySelector("#preview .preview")?.remove();
    if (withFocus) byId("look")?.focus({ preventScroll: true });
  };
  const noticePreview = () => {
    const panel = document.querySelector("#preview .preview");
    if (panel && panel.dataset.mark !== previewed) panel.querySelector("h2")?.focus({ preventScroll: true });
    previewed = panel ? panel.dataset.mark : null;
  };

  // Who would answer on the other side is named as it is chosen now.
  let named = "";
  const nameOthers = (within, anyhow) => {
    const now = document.querySelector("#destination .destination")?.dataset;
    if (!now || (!anyhow && named === `${now.open}/${now.proprietary}`)) return;
    named = `${now.open}/${now.proprietary}`;
    within?.querySelectorAll("[data-name-of]").forEach((each) => { each.textContent = now[each.dataset.nameOf]; });
  };

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest?.(selector);
    const link = at("a[data-passage]");
    if (link) { event.preventDefault(); cite(link); return; }
    const way = at("a[data-back]");
    if (way) { event.preventDefault(); back(way); return; }
    const asking = at("[data-ask]");
    if (asking) { event.preventDefault(); ask(asking.dataset.ask); return; }
    const tab = at("[data-side-tab]");
    if (tab) { showSide(tab.closest(".turn"), tab.dataset.sideTab); return; }
    const button = at("[data-action]");
    if (button && actions[button.dataset.action]) { actions[button.dataset.action](button); return; }
    const fold = at("summary")?.parentElement;
    if (fold && keyOf(fold)) wanted.set(keyOf(fold), !fold.open);
    if (at("#new-chat")) { wanted.clear(); chosen = null; }
  });
  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.("[data-side-tab]");
    if (!tab || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    event.preventDefault();
    const other = [...tab.parentElement.children].find((each) => each !== tab);
    showSide(tab.closest(".turn"), other.dataset.sideTab);
    other.focus();
  });

  // What was typed and not sent outlives a reload; the page reloads by itself when the program
  // was away.
  let isRestored = false;
  const restore = () => {
    if (isRestored || !box()) return;
    isRestored = true;
    let words = null;
    try { words = sessionStorage.getItem("draft"); } catch { /* then it is gone */ }
    if (words && !box().value) write(words, false);
  };
  window.addEventListener("pagehide", () => {
    try { sessionStorage.setItem("draft", box()?.value ?? ""); } catch { /* then it is gone */ }
  });

  // Called by the components once they stand on the page.
  window.counterpointChat = {
    conversation: (element, trigger, props, watch) => {
      frame = element.querySelector(".conversation");
      tell = trigger;
      watch("value", () => show(props.value));
      show(props.value);
    },
    live: (_element, props, watch) => watch("value", () => grow(props.value)),
    look: () => {
      // The question comes back into the box, which grows.
      if (performance.now() - refusedAt < 2000 && byId("composer")?.offsetHeight !== composerWas) showRefusal();
      marks();
      restore();
      keepChosen(); noticePreview(); nameOthers(frame, false);
    },
    stop: () => { if (isWriting) tell("stop", {}); return isWriting; },
    closePreview: () => {
      const isOpen = Boolean(document.querySelector("#preview .preview"));
      if (isOpen) closePreview();
      return isOpen;
    },
    walk: (step) => {
      const turns = [...(frame?.querySelectorAll(".turn") ?? [])];
      const top = headHeight() + 4;
      const later = turns.findIndex((each) => each.getBoundingClientRect().top > top);
      const here = later === -1 ? turns.length : later;
      const isAt = turns[here - 1] && Math.abs(turns[here - 1].getBoundingClientRect().top - top) < 16;
      const goal = turns[step > 0 ? here : here - (isAt ? 2 : 1)];
      if (!goal) return;
      goal.tabIndex = -1;
      goal.focus({ preventScroll: true });
      // What was out of sight has its height only once it is in sight: a slow way would miss it.
      const reach = (times) => {
        goal.scrollIntoView({ block: "start", behavior: "instant" });
        if (times) requestAnimationFrame(() => reach(times - 1));
      };
      reach(3);
    },
  };
})();
