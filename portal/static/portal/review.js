// The list that an approver works through by keyboard: j and k go from row to row; a, d and x act on the row that has the
// focus, and only there. What is ticked is of one kind.
(() => {
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const ticks = () => [...document.querySelectorAll("[data-kind]")];
  let last = null;

  function go(step) {
    const every = rows();
    const here = every.findIndex((one) => one.contains(document.activeElement) || one.id === last);
    const next = every[Math.min(Math.max(here + step, 0), every.length - 1)];
    if (!next) return;
    last = next.id;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function press(row, where) {
    row.querySelector(where)?.click();
  }

  const acts = {
    a: (row) => press(row, "[data-approve]"),
    d: (row) => press(row, "[data-deny]"),
    x: (row) => press(row, "[data-kind]"),
  };

  function kinds() {
    const ticked = ticks().filter((one) => one.checked);
    for (const one of ticks()) one.disabled = ticked.length > 0 && one.dataset.kind !== ticked[0].dataset.kind;
    const bar = document.getElementById("together");
    if (!bar) return;
    bar.querySelector("[data-ticked]").textContent = ticked.length || "";
    bar.classList.toggle("together-on", ticked.length > 0);
  }

  const off = document.body.dataset.keys === "off";
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (off || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    if (key === "j" || key === "k") {
      event.preventDefault();
      return go(key === "j" ? 1 : -1);
    }
    const row = target.closest("[data-row]");
    if (row && acts[key]) {
      event.preventDefault();
      acts[key](row);
    }
  });
  document.addEventListener("focusin", ({ target }) => { last = target.closest?.("[data-row]")?.id || last; });
  document.addEventListener("change", ({ target }) => target.matches("[data-kind]") && kinds());
  document.addEventListener("htmx:afterSettle", kinds);
  kinds();
})();
