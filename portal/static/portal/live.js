// Keeps what is marked with data-live true: it looks again after so many seconds, and the longer nothing changes, or nobody
// uses the page, the more seldom. Says so when Usher can't be reached, and mends itself. Everything works without it.
(() => {
  const inUse = { after: 2 * 60, longest: 6 }; // seconds: used within the last two minutes; the longest pause then
  const idle = { after: 8 * 3600, longest: 60 };
  const patience = 4; // seconds for one answer; with the longest pause, what is lost shows within ten
  const again = 3;
  const growth = 1.4;

  const pauses = new WeakMap(); // by element: what the pause is, and when it is over
  let used = Date.now();
  let lost = false;
  let leaving = false;
  let shown = "";

  const seconds = () => Date.now() / 1000;
  const all = () => document.querySelectorAll("[data-live]");
  const unused = () => (Date.now() - used) / 1000;
  const isAsleep = () => unused() > idle.after;
  const longest = () => (!document.hidden && unused() < inUse.after ? inUse.longest : idle.longest);

  function say(which) {
    if (which === shown) return;
    shown = which;
    for (const line of document.querySelectorAll("[data-connection]")) line.hidden = line.dataset.connection !== which;
  }

  function pause(element) {
    if (!pauses.has(element)) pauses.set(element, { length: Number(element.dataset.live), from: seconds() });
    return pauses.get(element);
  }

  function look(element) {
    pause(element).from = seconds();
    htmx.trigger(element, "look");
  }

  function tick() {
    if (isAsleep()) return say(all().length ? "asleep" : "");
    for (const element of all()) {
      const { length, from } = pause(element);
      if (seconds() - from >= (lost ? again : Math.min(length, longest()))) look(element);
    }
  }

  // Whoever comes back to the page sees what is true at once.
  function use() {
    const away = document.hidden ? 0 : unused();
    used = Date.now();
    if (away < inUse.after) return;
    if (shown === "asleep") say("");
    all().forEach(look);
  }

  function lose() {
    if (leaving) return;
    lost = true;
    say("lost");
  }

  function find() {
    if (!lost) return;
    lost = false;
    say("back");
    setTimeout(() => shown === "back" && say(""), 4000);
  }

  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.elt.dataset.live) detail.timeout = patience * 1000;
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const { elt, xhr } = detail;
    if (!elt.dataset.live || !xhr.status || xhr.status >= 500) return;
    find();
    // What was put in its place begins anew; what stays, also because somebody types there, looks more seldom.
    pause(elt).length = Math.min(pause(elt).length * growth, idle.longest);
  });
  // What belongs to another part of the page is read anew with it.
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    for (const one of document.querySelectorAll(`[data-with="${detail.target.id}"]`)) htmx.trigger(one, "look");
  });
  // What somebody types is never taken from under their hands; what they opened stays open.
  const isTyped = (field) => !field.hasAttribute("hx-preserve") && field.value !== field.defaultValue;
  const opened = (element) => [...element.querySelectorAll("[id] > details[open], [id] > * > details[open]")];
  let open = [];
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!detail.elt.dataset.live) return;
    if ([...detail.target.querySelectorAll("textarea")].some(isTyped)) detail.shouldSwap = false;
    open = opened(detail.target).map((one) => one.closest("[id]").id);
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const id of open) document.getElementById(id)?.querySelector("details")?.setAttribute("open", "");
    open = [];
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, lose);
  document.addEventListener("htmx:responseError", ({ detail }) => {
    if (detail.xhr.status >= 500 && detail.elt.dataset.live) lose();
  });
  window.addEventListener("offline", lose);
  window.addEventListener("online", () => all().forEach(look));
  window.addEventListener("pagehide", () => { leaving = true; });
  window.addEventListener("pageshow", () => { leaving = false; });
  for (const name of ["pointermove", "pointerdown", "keydown", "scroll", "focus"]) {
    window.addEventListener(name, use, { passive: true });
  }
  document.addEventListener("visibilitychange", () => document.hidden || use());
  // A time that is up is when something happens.
  document.addEventListener("usher:due", () => {
    for (const element of all()) pause(element).length = Number(element.dataset.live);
  });
  setInterval(tick, 1000);
})();
