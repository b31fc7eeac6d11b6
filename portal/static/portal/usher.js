// Tells the server the browser's time zone, and keeps the times on the page true. Everything works without it.
(() => {
  const words = JSON.parse(document.body.dataset.words);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `usher_zone=${encodeURIComponent(zone)};path=/;max-age=31536000;samesite=lax${secure}`;

  const grace = 10;
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const say = (unit, count) => words[unit].replace("%d", count);

  function duration(seconds) {
    let rest = Math.max(Math.floor(seconds), 0);
    const found = units.findIndex(([, size]) => rest >= size);
    const first = found < 0 ? units.length - 1 : found;
    const parts = [];
    for (const [unit, size] of units.slice(first, first + 2)) {
      const count = Math.floor(rest / size);
      rest -= count * size;
      if (count || !parts.length) parts.push(say(unit, count));
    }
    return parts.join(" ");
  }

  function relative(seconds) {
    const distance = Math.abs(seconds);
    if (distance < 60) return seconds <= 0 ? words.now : words.soon;
    if (seconds > 0) return words.ahead.replace("%s", duration(Math.floor(seconds / 60) * 60));
    const [unit, size] = units.find(([, size]) => distance >= size);
    return words.ago.replace("%s", say(unit, Math.floor(distance / size)));
  }

  function countdown(seconds) {
    if (seconds >= 1) return duration(seconds);
    return seconds > -grace ? words.due : words.over.replace("%s", duration(-seconds));
  }

  function refresh() {
    for (const element of document.querySelectorAll("time[data-countdown], time[data-when]")) {
      const left = (Date.parse(element.dateTime) - Date.now()) / 1000;
      const counts = "countdown" in element.dataset;
      if (!counts && Math.abs(left) >= 7 * 86400) continue;
      const text = counts ? countdown(left) : relative(left);
      if (element.textContent !== text) element.textContent = text;
      if (!counts) continue;
      element.toggleAttribute("data-over", left <= -grace);
      if (left <= 0 && left > -1) document.dispatchEvent(new Event("usher:due"));
    }
  }

  refresh();
  setInterval(refresh, 1000);
  document.addEventListener("htmx:afterSwap", refresh);
})();
