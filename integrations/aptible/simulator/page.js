"use strict";

// Only what changed is replaced, so that a selection or a screen reader's place survives a quiet second.
const refresh = async () => {
  const silent = document.getElementById("silent");
  try {
    const answer = await fetch("/", { cache: "no-store" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    const shown = document.querySelector("main");
    if (fresh && fresh.innerHTML !== shown.innerHTML) {
      shown.replaceWith(fresh);
    }
    silent.hidden = true;
  } catch {
    silent.hidden = false;
  }
  setTimeout(refresh, 1000);
};

setTimeout(refresh, 1000);
