// The list of conversations: what is typed, clicked and remembered in the browser.
"use strict";
(() => {
  const TYPING_MS = 200;
  const AFRESH_MS = 60_000;
  const EDGE = 8;
  let send = () => {};
  let frame = null;
  let drawn = null;
  let menuFor = null;
  let renaming = null;

  const find = (selector) => frame?.querySelector(selector);
  const row = (id) => find(`li[data-key="${CSS.escape(id)}"]`);
  const titleOf = (id) => row(id)?.querySelector(".history-title")?.textContent ?? "";

  // The address names the open conversation, so that a reload opens it again.
  const chatInAddress = () => new URLSearchParams(location.search).get("chat") ?? "";

  // A list that comes anew takes neither the focus nor the place that was scrolled to.
  const focusKey = () => {
    const at = document.activeElement;
    const key = at?.closest?.("[data-list] li")?.dataset.key;
    if (key) return { key, part: at.matches("button") ? "button" : "a" };
    return at?.matches?.("[data-more]") ? { more: true } : null;
  };
  const giveFocus = (kept, last) => {
    if (!kept) return;
    const goal = kept.more
      ? find("[data-more]") ?? [...frame.querySelectorAll("li a")].at(last)
      : row(kept.key)?.querySelector(kept.part) ?? find("[data-search]");
    goal?.focus({ preventScroll: true });
  };
  const draw = (markup) => {
    const list = find("[data-list]");
    if (!list || markup === drawn) return;
    drawn = markup;
    const kept = focusKey();
    const scrolled = list.scrollTop;
    const rows = list.querySelectorAll("li").length;
    const edited = renaming && { ...renaming, value: renaming.input.value, at: renaming.input.selectionStart };
    renaming = null;
    const fresh = new DOMParser().parseFromString(markup, "text/html").body;
    list.replaceChildren(...fresh.childNodes);
    list.scrollTop = scrolled;
    const root = list.querySelector("[data-found]");
    const status = find("[data-status]");
    if (status && status.textContent !== (root?.dataset.found ?? "")) status.textContent = root?.dataset.found ?? "";
    if (edited && row(edited.id)) rename(edited.id, edited.value, edited.at);
    else giveFocus(kept, rows);
  };

  // Renaming happens where the title stands.
  const rename = (id, value, at) => {
    const link = row(id)?.querySelector("a");
    if (!link) return;
    const input = document.createElement("input");
    input.className = "history-rename";
    input.setAttribute("aria-label", "New title");
    input.maxLength = 200;
    input.dir = "auto";
    input.value = value ?? titleOf(id);
    link.hidden = true;
    link.before(input);
    renaming = { id, input };
    input.focus({ preventScroll: value !== undefined });
    if (at === undefined) { input.select(); input.scrollLeft = 0; }
    else input.setSelectionRange(at, at);
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      endRename(event.key === "Enter", true);
    });
    input.addEventListener("blur", () => {
      if (input.isConnected && renaming?.input === input) endRename(true, false);
    });
  };
  const endRename = (isMeant, takesFocus) => {
    if (!renaming) return;
    const { id, input } = renaming;
    renaming = null;
    const title = input.value.trim();
    const link = row(id)?.querySelector("a");
    const changed = isMeant && title && title !== titleOf(id);
    if (changed) link.querySelector(".history-title").textContent = title;
    link.hidden = false;
    input.remove();
    if (takesFocus) link.focus();
    if (changed) send("edit", { id, title });
  };

  const openMenu = (button) => {
    const menu = document.getElementById("history-menu");
    menuFor = button.dataset.menu;
    menu.querySelectorAll("[data-export]").forEach((link) => {
      link.href = `/export/${menuFor}.${link.dataset.export}`;
    });
    menu.showPopover({ source: button });
    const box = button.getBoundingClientRect();
    const left = Math.min(box.left, window.innerWidth - menu.offsetWidth - EDGE);
    const below = box.bottom + 4 + menu.offsetHeight + EDGE <= window.innerHeight;
    menu.style.left = `${Math.max(EDGE, left)}px`;
    menu.style.top = `${Math.max(EDGE, below ? box.bottom + 4 : box.top - 4 - menu.offsetHeight)}px`;
    menu.querySelector("button").focus();
  };
  const closeMenu = () => {
    document.getElementById("history-menu").hidePopover();
  };
  const askToDelete = (id) => {
    const dialog = document.getElementById("history-confirm");
    dialog.querySelector("[data-victim]").textContent = titleOf(id);
    dialog.dataset.key = id;
    dialog.showModal();
  };
  const answer = (word) => {
    const dialog = document.getElementById("history-confirm");
    const id = dialog.dataset.key;
    const next = row(id)?.nextElementSibling ?? row(id)?.previousElementSibling;
    dialog.close();
    const part = word === "yes" ? next?.querySelector("a") ?? find("[data-search]") : row(id)?.querySelector("button");
    part?.focus();
    if (word === "yes") send("delete", { id });
  };

  // On a narrow screen the list is a drawer.
  const isDrawer = () => find(".history-open")?.offsetParent !== null;
  const drawer = (isOpen) => {
    frame.classList.toggle("is-open", isOpen);
    const opener = find(".history-open");
    opener.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) find("[data-search]").focus();
    else if (find(".history-panel").contains(document.activeElement)) opener.focus();
  };

  const actions = {
    open: (at) => { send("select", { id: at.dataset.open }); if (isDrawer()) drawer(false); },
    new: () => { document.querySelector("#new-chat")?.click(); if (isDrawer()) drawer(false); document.querySelector("#question textarea")?.focus(); },
    menu: (at) => openMenu(at),
    more: () => send("input", { more: true }),
    rename: () => { const id = menuFor; closeMenu(); rename(id); },
    delete: () => { const id = menuFor; closeMenu(); askToDelete(id); },
    export: () => closeMenu(),
    answer: (at) => answer(at.dataset.answer),
    drawer: (at) => drawer(at.dataset.drawer === "open"),
  };
  const clicked = (event) => {
    const at = event.target.closest("[data-open],[data-new],[data-menu],[data-more],[data-rename],[data-delete],[data-export],[data-answer],[data-drawer]");
    if (!at) return;
    const name = Object.keys(actions).find((each) => each in at.dataset);
    if (name === "open") {
      // A new tab or window is the browser's own business.
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
    }
    actions[name](at);
  };

  // Up and down walk through the list, as in any list of mail.
  const walked = (event) => {
    if (event.key === "Escape" && frame.classList.contains("is-open") && !document.querySelector(":popover-open")) { drawer(false); return; }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const menu = event.target.closest("#history-menu");
    const parts = [...(menu ? menu.children : frame.querySelectorAll("[data-search], [data-list] li > a:not([hidden])"))];
    const place = parts.indexOf(event.target);
    if (place === -1) return;
    event.preventDefault();
    parts.at(menu ? (place + step) % parts.length : Math.min(Math.max(place + step, 0), parts.length - 1)).focus();
  };

  let typing = 0;
  const typed = (event) => {
    if (!event.target.matches("[data-search]")) return;
    clearTimeout(typing);
    typing = setTimeout(() => send("input", { search: event.target.value }), TYPING_MS);
  };
  const afresh = () => { if (document.visibilityState === "visible") send("input", {}); };

  // Called by the component once it stands on the page.
  window.counterpointHistory = (element, trigger, props, watch) => {
    frame = element.querySelector(".history");
    send = (name, detail) => trigger(name, { ...detail, offset_min: -new Date().getTimezoneOffset() });
    frame.addEventListener("click", clicked);
    frame.addEventListener("input", typed);
    frame.addEventListener("keydown", walked);
    watch("value", () => draw(props.value ?? ""));
    draw(props.value ?? "");
    send("load", { chat: chatInAddress() });
    setInterval(afresh, AFRESH_MS);
    document.addEventListener("visibilitychange", afresh);
    // Back and forward leave the page's own addresses to us.
    window.addEventListener("popstate", () => send("select", { id: chatInAddress() }));
  };
})();
