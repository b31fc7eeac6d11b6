// Opens the search over everything from any page: ⌘K, Ctrl K or /. Arrows go through what it found, Enter opens the first.
(() => {
  const box = document.getElementById("search-box");
  if (!box) return;
  const field = box.querySelector("input[type=search]");
  const found = () => [...box.querySelectorAll(".found a")];

  function open(event) {
    event.preventDefault();
    if (!box.open) box.showModal();
    field.select();
  }

  function step(by) {
    const every = found();
    const here = every.indexOf(document.activeElement);
    const next = here + by;
    if (next < 0) field.focus();
    else every[Math.min(next, every.length - 1)]?.focus();
  }

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey) && !event.altKey && !event.shiftKey) return open(event);
    if (document.body.dataset.keys === "off" || event.metaKey || event.ctrlKey || event.altKey) return;
    if (key === "/" && !target.matches("input, textarea, select, [contenteditable]")) open(event);
  });
  document.querySelector("[data-search]")?.addEventListener("click", open);
  box.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    step(by);
  });
  // While an answer is on its way, Enter leads to the page with all of it; afterwards to what is first.
  box.querySelector("form").addEventListener("submit", (event) => {
    const first = found()[0];
    if (!first || !field.value) return;
    event.preventDefault();
    first.click();
  });
})();
