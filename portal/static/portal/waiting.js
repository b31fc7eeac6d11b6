// How much waits for the reader, where they see it from another tab: in the title, on the icon, and if they like as a message.
(() => {
  const icon = document.querySelector("link[rel=icon]");
  const plain = icon?.href;
  const title = document.title;
  const wanted = "usher_tells";
  const button = document.querySelector("[data-tells]");
  let before = count();

  function count() {
    return Number(document.getElementById("nav-count")?.dataset.count || 0);
  }

  function drawn(number) {
    const text = number > 9 ? "9+" : String(number);
    return "data:image/svg+xml," + encodeURIComponent(
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="#2f4fc4"/>`
      + `<text x="12" y="17.5" font-family="sans-serif" font-weight="700" font-size="${text.length > 1 ? 13 : 16}" `
      + `text-anchor="middle" fill="#fff">${text}</text></svg>`);
  }

  const tells = () => "Notification" in window && Notification.permission === "granted" && localStorage.getItem(wanted) === "on";

  function tell(number) {
    if (!document.hidden || !tells()) return;
    const words = document.body.dataset.waits.replace("%d", number);
    const message = new Notification(words, { tag: "usher", icon: plain });
    message.onclick = () => { window.focus(); message.close(); };
  }

  function show() {
    const now = count();
    document.title = now ? `(${now}) ${title}` : title;
    if (icon) icon.href = now ? drawn(now) : plain;
    if (now > before) document.body.dispatchEvent(new Event("waiting"));
    if (now > before) tell(now);
    before = now;
  }

  function label() {
    if (!button) return;
    button.hidden = !("Notification" in window) || Notification.permission === "denied";
    button.setAttribute("aria-pressed", String(tells()));
  }

  button?.addEventListener("click", async () => {
    const on = tells();
    if (!on && await Notification.requestPermission() !== "granted") return label();
    localStorage.setItem(wanted, on ? "off" : "on");
    label();
  });

  label();
  show();
  document.addEventListener("htmx:oobAfterSwap", show);
  document.addEventListener("htmx:afterSettle", show);
})();
