// Gives names and roles to what the admin's theme and its pickers leave without, so that everybody can use them.
// They draw their parts late and anew, so it is done again whenever something was drawn.
(() => {
  const words = () => JSON.parse(document.querySelector('meta[name="usher-words"]').content);
  const text = (element) => (element ? element.textContent.replace(/\s+/g, " ").replace(/[*:]\s*$/, "").trim() : "");

  // The head of the column that a cell stands in.
  function column(cell) {
    const head = cell && cell.closest("table")?.tHead;
    return head ? text(head.rows[head.rows.length - 1].cells[cell.cellIndex]) : "";
  }

  function nameOf(control) {
    const label = control.id && document.querySelector(`label[for="${CSS.escape(control.id)}"]`);
    return text(label) || column(control.closest("td"));
  }

  function set(element, name, value) {
    if (element && value && element.getAttribute(name) !== value) element.setAttribute(name, value);
  }

  function pickers() {
    for (const box of document.querySelectorAll(".select2-container")) {
      const select = box.previousElementSibling;
      const name = select?.matches("select") ? nameOf(select) : "";
      const parts = ".select2-selection--single, span.select2-selection__rendered[role], .select2-search__field";
      box.querySelectorAll(parts).forEach((part) => set(part, "aria-label", name));
      // Not a list: between what was picked there is a field, and a button that clears it.
      const multiple = box.querySelectorAll(".select2-selection--multiple ul, .select2-selection--multiple li");
      multiple.forEach((part) => set(part, "role", "presentation"));
      set(box.querySelector(".select2-selection--multiple"), "aria-label", name);
    }
    document.querySelectorAll(".select2-dropdown .select2-search__field").forEach((one) => set(one, "aria-label", words().search));
  }

  function controls() {
    const named = "[aria-label], [aria-labelledby], [type=hidden], .select2-search__field";
    for (const control of document.querySelectorAll("td :is(input, select, textarea)")) {
      if (!control.matches(named) && !control.labels?.length) set(control, "aria-label", column(control.closest("td")));
    }
    for (const head of document.querySelectorAll("#main th")) {
      if (!text(head) && !head.children.length) head.append(Object.assign(document.createElement("span"), { className: "for-readers", textContent: words().actions }));
    }
  }

  function landmarks() {
    set(document.getElementById("main"), "role", "main");
    const frames = document.querySelectorAll(".simplebar-content-wrapper[role=region]");
    frames.forEach((frame, index) => set(frame, "aria-label", `${words().frame} ${index + 1}`));
  }

  let waits = false;
  function again() {
    waits = false;
    landmarks();
    pickers();
    controls();
  }

  document.addEventListener("DOMContentLoaded", () => {
    again();
    const watch = () => {
      if (!waits) requestAnimationFrame(again);
      waits = true;
    };
    new MutationObserver(watch).observe(document.body, { childList: true, subtree: true });
  });
})();
