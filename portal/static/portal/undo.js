// "I'm done" at one press: the access is ended after five seconds, in which it can be undone. Whoever leaves the page before
// does not wait; without scripts the same link leads to a page that asks.
(() => {
  const bar = document.getElementById("undo");
  if (!bar) return;
  const wait = 5;
  let pending = null; // the one that is about to be sent

  const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

  function send(keepalive) {
    if (!pending) return;
    const { address, timer } = pending;
    clearInterval(timer);
    pending = null;
    const body = new URLSearchParams({ csrfmiddlewaretoken: token(), comment: "" });
    const sent = fetch(address, { method: "POST", body, keepalive, redirect: "manual" });
    if (keepalive) return;
    // Where it can't be said in one line, the page that asks says it.
    sent.then((answer) => (answer.type === "opaqueredirect" ? done() : location.assign(address)), () => location.assign(address));
  }

  function done() {
    say("done", "");
    setTimeout(() => pending || hide(), 4000);
    for (const one of document.querySelectorAll("[data-live]")) htmx.trigger(one, "look");
  }

  function say(which, words) {
    for (const line of bar.querySelectorAll("[data-undo]")) line.hidden = line.dataset.undo !== which;
    const place = bar.querySelector(`[data-undo=${which}] [data-words]`);
    if (place) place.textContent = words;
  }

  function hide() {
    for (const line of bar.querySelectorAll("[data-undo]")) line.hidden = true;
  }

  function start(link) {
    send(false);
    const words = bar.dataset.words.replace("%s", link.dataset.done);
    let left = wait;
    const timer = setInterval(() => {
      left -= 1;
      if (left <= 0) send(false);
      else bar.querySelector("[data-left]").textContent = left;
    }, 1000);
    pending = { address: link.href, timer };
    bar.querySelector("[data-left]").textContent = left;
    say("waits", words);
    bar.querySelector("button").focus();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-done]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    start(link);
  });
  bar.querySelector("button").addEventListener("click", () => {
    if (pending) clearInterval(pending.timer);
    pending = null;
    say("undone", "");
    setTimeout(() => pending || hide(), 4000);
  });
  window.addEventListener("pagehide", () => send(true));
})();
