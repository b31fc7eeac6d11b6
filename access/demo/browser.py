"""One person at the portal's pages: opens them, finds a form, fills it in and sends it, as a browser does."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from access.demo.errors import DemoFailed

TIMEOUT = 20  # seconds


@dataclass
class Form:
    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """Collects the links of a page, and its forms, each with what a browser would send if nobody touched it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._text_of = ""
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._open)
        elif self._open and given.get("name") and "disabled" not in given:
            self._field(self._open, tag, given)
        elif self._open and tag == "option" and self._select and "selected" in given:
            self._open.values[self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag in ("textarea", "select"):
            self._text_of = self._select = ""

    def handle_data(self, data: str) -> None:
        if self._open and self._text_of:
            self._open.values[self._text_of] += data

    def _field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name = given["name"]
        if tag == "textarea":
            form.values[name], self._text_of = "", name
        elif tag == "select":
            self._select = name
        elif tag == "input":
            kind = given.get("type", "text")
            if kind not in ("radio", "checkbox", "submit", "button") or "checked" in given:
                form.values[name] = given.get("value", "")


class Browser:
    def __init__(self, url: str) -> None:
        self._session = requests.Session()
        # A proxy that is set for the world must not be asked for this machine.
        self._session.trust_env = False
        self._page = self._session.get(url, timeout=TIMEOUT)

    @property
    def text(self) -> str:
        return self._page.text

    @property
    def path(self) -> str:
        """The path of the page that is open."""
        return urlsplit(self._page.url).path

    def open(self, path: str) -> None:
        """Open a page of the same portal. Raises DemoFailed when it does not show."""
        self._page = self._session.get(urljoin(self._page.url, path), timeout=TIMEOUT)
        self._check()

    def follow(self, path: str) -> None:
        """Follow the link that leads to this path. Raises DemoFailed when the page has none."""
        link = next((one for one in Page(self.text).links if urlsplit(one).path == path), None)
        if link is None:
            raise DemoFailed(f"The page {self._page.url} has no link to {path}.")
        self.open(link)

    def send(self, action: str, **values: str) -> None:
        """Fill in the form that leads to `action` and send it. Raises DemoFailed without one, or when it is refused."""
        form = self._form(action)
        address, data = urljoin(self._page.url, form.action), {**form.values, **values}
        self._page = self._session.post(address, data=data, timeout=TIMEOUT)
        self._check()

    def ask(self, address: str, action: str) -> dict[str, Any]:
        """Send what is in the form that leads to `action` to this address, as the page's own script does."""
        data = self._form(action).values
        answer = self._session.post(urljoin(self._page.url, address), data=data, timeout=TIMEOUT)
        if not answer.ok:
            raise DemoFailed(f"The page {address} answered {answer.status_code}.")
        return dict(answer.json())

    def _form(self, action: str) -> Form:
        for form in Page(self.text).forms:
            leads_to = urlsplit(urljoin(self._page.url, form.action)).path
            if form.method == "post" and leads_to == action:
                return form
        raise DemoFailed(f"The page {self._page.url} has no form that leads to {action}.")

    def _check(self) -> None:
        if not self._page.ok:
            raise DemoFailed(f"The page {self._page.url} answered {self._page.status_code}.")
