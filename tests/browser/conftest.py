"""A real browser on this machine, pointed at the portal, signed in, and watched."""

import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings as django_settings
from django.core.signals import request_finished, request_started
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, ViewportSize, expect

from access.models import User

# Playwright keeps an event loop in the thread of the test; its calls block all the same.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# The first has no windows that nobody sees, and opens a page with a fifth of the work that the others have with it.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# So htmx calls a request that the page itself has withdrawn. One that fails has other names beside these.
WITHDRAWN = ("htmx:sendAbort", "htmx:afterRequest", "htmx:xhr:abort")
# So Chromium without windows says that nothing hears what axe asks a frame that has no origin.
UNHEARD = "Failed to execute 'postMessage' on 'DOMWindow': The target origin provided"
# All that the other scheme changes.
COLOURS = {"type": "rule", "values": ["color-contrast"]}
# The widths at which a page is opened, and those at which axe looks at it, which takes longest: dark, and light; there
# it looks at the colours alone in the other one, too.
WIDTHS = (360, 1280, 1920)
LOOKED_AT: dict[int, Literal["dark", "light"]] = {360: "dark", 1280: "light"}
# Here a page is drawn before its scripts run, as on a busy machine: what they change then moves, and that is seen. But
# not the admin: its theme has a megabyte of files that would be read anew, and scripts before which nothing is drawn.
LATE = (360, 1280)
SCRIPTS = re.compile(r"/static/(portal|django_htmx)/[^/]+\.js")
# All of the page is read but for what waits for scripts, and it has been drawn.
DRAWN = """
() => new Promise((done) => {
  const draw = () => requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
  if (document.readyState !== "loading") draw();
  else document.addEventListener("readystatechange", draw, { once: true });
})
"""
# How much moved by itself while the page came: the sum of what browsers call layout shifts.
SHIFTS = """
window.shifted = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) {
    if (one.hadRecentInput) continue;
    const moved = one.sources.map(({ node }) => node?.outerHTML?.slice(0, 80) || node?.nodeName);
    window.shifted.push([one.value, moved.join(" and ")]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""
# Everything has come: also what the page asks for by itself, and its next two frames are drawn.
SETTLED = """
() => new Promise((done) => {
  const look = () => document.readyState === "complete" && !document.querySelector(".htmx-request")
    ? requestAnimationFrame(() => requestAnimationFrame(() => done(true)))
    : setTimeout(look, 20);
  look();
})
"""
# Boxes that are not in one another and stand so close that they look like one.
TOUCHING = """
() => {
  const boxes = [...document.querySelectorAll("main .card, main .note")].filter((one) => one.checkVisibility());
  const found = [];
  for (const upper of boxes) for (const lower of boxes) {
    if (upper.contains(lower) || lower.contains(upper)) continue;
    const [a, b] = [upper.getBoundingClientRect(), lower.getBoundingClientRect()];
    const beside = a.right <= b.left + 1 || b.right <= a.left + 1;
    if (!beside && b.top > a.top && b.top - a.bottom < 4) found.push(upper.className + " and " + lower.className);
  }
  return found;
}
"""
# What axe finds in the page, which has been given it.
FOUND = """
async (options) => (await axe.run(options)).violations.flatMap(
  ({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
"""
# So much may move: “3 s ago” becomes “4 s ago”, and what stands behind it makes room.
TICK = 0.003
WAIT = 10_000  # milliseconds: the longest that a test waits for anything
expect.set_options(timeout=WAIT)


CHROMIUM = next((path for path in map(shutil.which, NAMES) if path), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="There is no Chromium."))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if CHROMIUM is None:
        text = "There is no Chromium, so the tests in a real browser were SKIPPED: `make test-browser` installs it."
        terminalreporter.write_line(text, yellow=True, bold=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's browser, and let it stay at home."""
    quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking"]
    alone = ["--disable-component-update", "--disable-sync", "--no-sandbox", "--disable-gpu"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": [*quiet, *alone]}


@pytest.fixture
def now() -> datetime:
    return timezone.now().replace(microsecond=0)


@dataclass
class Watched:
    """A page, and everything that should not happen on it."""

    page: Page
    home: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def open(self, address: str, *, late: bool = False) -> Page:
        """Go there; `late` are its scripts if they may run only when the page has been drawn."""
        if late:
            self._draw_before_scripts(self.home + address)
        else:
            self.page.goto(self.home + address)
        return self.page

    def _draw_before_scripts(self, address: str) -> None:
        held: list[Route] = []
        meet: Callable[[Route], None] = held.append
        self.page.route(SCRIPTS, lambda route: meet(route))
        self.page.goto(address, wait_until="commit")
        self.page.evaluate(DRAWN)
        meet = Route.fallback
        for one in held:
            one.fallback()
        self.page.wait_for_load_state()
        self.page.unroute(SCRIPTS)

    def hear(self, told: ConsoleMessage) -> None:
        # The frame of a letter runs no script: neither SHIFTS, which is put into every document, nor what hears axe.
        refused = f"Blocked script execution in '{self.home}/admin/letters/"
        unheard = UNHEARD if "/admin/letters/" in self.page.url else refused
        if told.type in ("error", "warning") and not told.text.startswith((*WITHDRAWN, refused, unheard)):
            self.complaints.append(told.text)

    @property
    def text(self) -> str:
        return self.page.locator("body").inner_text()

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def looks_wrong(self, address: str, *, then: str = "") -> list[str]:
        """Open it at each width; what is wrong with its looks, and for whoever can't see them. `then` is run there."""
        wrong: list[str] = []
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 800})
            late = width in LATE and not address.startswith("/admin/")
            self.open(address, late=late)
            wrong += [f"{width} px: {one}" for one in self.came_wrong(then, late=late)]
            if scheme := LOOKED_AT.get(width):
                self.page.emulate_media(color_scheme=scheme)
                wrong += [f"{width} px, {scheme}: {one}" for one in self.violations()]
                self.page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
                wrong += [f"{width} px, not {scheme}: {one}" for one in self.violations(COLOURS)]
        return [*wrong, *self.complaints, *self.strangers]

    def came_wrong(self, then: str = "", *, late: bool = False) -> list[str]:
        """Whether it moved while it came; once it is there, whether boxes touch, and it is wider than the window."""
        if shifted := self.moved():
            # A busy machine draws a page that it is still reading. What moves by its making moves again.
            self.open(self.page.url.removeprefix(self.home), late=late)
            shifted = self.moved()
        if then:
            self.page.evaluate(then)
        wrong = [f"moves by {one}" for one in shifted]
        wrong += [f"{one} touch" for one in self.page.evaluate(TOUCHING)]
        return [*wrong, f"sticks out by {over}"] if (over := self.overflow()) > 0 else wrong

    def moved(self) -> list[str]:
        """By how much of what the page has moved by itself, once all has come."""
        self.page.evaluate(SETTLED)
        moved = self.page.evaluate("window.shifted")
        return [f"{by:.4f} of {what}" for by, what in moved] if sum(by for by, _what in moved) > TICK else []

    def violations(self, rules: Any = RULES) -> list[str]:
        """What axe finds wrong, of any weight."""
        # Half a megabyte: a page that is looked at again has it.
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        options = {"runOnly": rules, "resultTypes": ["violations"]}
        return list(self.page.evaluate(FOUND, options))


class Calls:
    """What the server is at. Whoever closes a page leaves one under way, and the database is emptied next."""

    def __init__(self) -> None:
        self._number, self._lock = 0, threading.Lock()

    def begin(self, **_told: Any) -> None:
        with self._lock:
            self._number += 1

    def end(self, **_told: Any) -> None:
        with self._lock:
            self._number -= 1

    def wait(self) -> None:
        until = time.monotonic() + WAIT / 1000
        while self._number > 0 and time.monotonic() < until:
            time.sleep(0.01)


@pytest.fixture
def open_browser(live_server, browser: Browser) -> Iterator[Callable[..., Watched]]:
    """Open a browser window of its own, signed in as this person if one is named."""
    contexts: list[BrowserContext] = []

    def open_browser(user: User | None = None, **options: Any) -> Watched:
        viewport: ViewportSize = {"width": options.pop("width", 1280), "height": 800}
        context = browser.new_context(viewport=viewport, **{"timezone_id": "Europe/Berlin", **options})
        context.set_default_timeout(WAIT)
        context.add_init_script(SHIFTS)
        contexts.append(context)
        if user:
            context.add_cookies([_session_of(user, live_server.url)])
        return _watch(context.new_page(), live_server.url)

    calls = Calls()
    request_started.connect(calls.begin)
    request_finished.connect(calls.end)
    yield open_browser
    for context in contexts:
        context.close()
    calls.wait()


def _session_of(user: User, home: str) -> Any:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    name = django_settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": home}


def _watch(page: Page, home: str) -> Watched:
    watched = Watched(page, home)
    page.on("console", watched.hear)
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    host = urlsplit(home).netloc

    def failed(request: Any) -> None:
        # What was under way when the page was left is not wanted any more.
        if request.failure and "ERR_ABORTED" not in request.failure:
            watched.complaints.append(f"{request.url}: {request.failure}")

    page.on("requestfailed", failed)

    def note(request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme.startswith("http") and parts.netloc != host:
            watched.strangers.append(request.url)

    page.on("request", note)
    return watched
