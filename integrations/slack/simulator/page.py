"""One page for people: a channel, the messages of the app, its home and the dialog in front, for whom one likes."""

from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from werkzeug import Request, Response

from integrations.slack.simulator import html
from integrations.slack.simulator.faults import Faults
from integrations.slack.simulator.state import Channel, Person, Post, State
from integrations.slack.simulator.user_actions import Desk

STYLE: Final = Path(__file__).parent / "page.css"
POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class Page:
    def __init__(self, state: State, desk: Desk, faults: Faults) -> None:
        self._state, self._desk, self._faults = state, desk, faults

    def answer(self, request: Request) -> Response:
        """Answer the page, its style, or what a person does on it. Raises SlackSays for what does not exist."""
        if request.path == "/page.css":
            return Response(STYLE.read_text(encoding="utf-8"), content_type="text/css; charset=utf-8")
        if request.path == "/" and request.method in ("GET", "HEAD"):
            headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
            return Response(self._shown(request), headers=headers, content_type="text/html; charset=utf-8")
        if request.path.startswith("/do/") and request.method == "POST":
            return self._do(request)
        return Response(status=HTTPStatus.NOT_FOUND)

    def _do(self, request: Request) -> Response:
        # Other pages in the same browser must not press anything here.
        if request.headers.get("Origin", request.host_url.rstrip("/")) != request.host_url.rstrip("/"):
            return Response(status=HTTPStatus.FORBIDDEN)
        person, given = self._state.person(request.form.get("as", "")), request.form
        match request.path.removeprefix("/do/"):
            case "command":
                self._desk.command(person, given["channel"], given.get("text", ""))
            case "shortcut":
                self._desk.shortcut(person)
            case "home":
                self._desk.open_home(person)
            case "press":
                self._desk.press(person, given["channel"], given["ts"], given["go"])
            case "press-home":
                self._desk.press_home(person, given["go"])
            case "dialog" if person.views:
                self._desk.dialog(person, given["go"], {name: given.getlist(name) for name in given})
        address = f"/?{urlencode({'as': person.id})}"
        return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": address})

    def _shown(self, request: Request) -> SafeString:
        people = list(self._state.people.values())
        person = next((one for one in people if one.id == request.args.get("as")), people[0])
        # It may ask the portal for choices, which may ask us: never behind the lock.
        dialog = self._dialog(person)
        with self._state.lock:
            main = format_html("{}{}{}", dialog, self._channels(person), self._home(person))
        notice = self._desk.notices.get(person.id, "")
        return format_html(
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<link rel="stylesheet" href="/page.css"></head><body>'
            '<header><h1>{title}</h1><p class="quiet">{intro}</p>{people}{faults}{notice}</header>'
            "<main>{main}</main></body></html>",
            title=_("Simulated Slack"),
            intro=_("Not the real Slack: everything here is made up and kept in memory. All times are UTC."),
            people=_people(people, person),
            faults=_lines("faults", self._faults.sentences()),
            notice=_lines("faults", [notice] if notice else []),
            main=main,
        )

    def _dialog(self, person: Person) -> SafeString | str:
        if not person.views:
            return ""
        view = person.views[-1]
        shown = html.Dialog(
            self._desk.typed.get(view["id"]), self._desk.errors.get(view["id"]), self._desk.offered(person, view)
        )
        submit = (
            format_html('<button name="go" value="submit" class="primary">{}</button>', html.said(view["submit"]))
            if view.get("submit")
            else ""
        )
        inner = format_html(
            '<h2>{}</h2>{}<p class="buttons">{}<button name="go" value="close" formnovalidate>{}</button></p>',
            html.said(view["title"]),
            html.blocks(view["blocks"], shown),
            submit,
            html.said(view["close"]) if view.get("close") else _("Close"),
        )
        return _form("dialog", person, inner, classes="card dialog")

    def _channels(self, person: Person) -> SafeString:
        places = [one for one in self._state.channels.values() if not one.with_person]
        own = self._state.conversation(person.id)
        return format_html_join("", "{}", ((self._channel(one, person),) for one in (*places, own)))

    def _channel(self, channel: Channel, person: Person) -> SafeString:
        posts = [one for one in self._state.posts if one.channel == channel.id and one.only_for in ("", person.id)]
        first = [one for one in posts if not one.thread]
        shown = format_html_join("", "{}", ((self._post(one, posts, person),) for one in first[-20:]))
        label = channel.name if channel.with_person else f"#{channel.name}"
        command = "" if channel.with_person else self._commands(channel, person)
        nothing = format_html('<p class="quiet">{}</p>', _("Nothing was written here yet."))
        return format_html("<section><h2>{}</h2>{}{}</section>", label, shown or nothing, command)

    def _commands(self, channel: Channel, person: Person) -> SafeString:
        typed = format_html(
            '<input type="hidden" name="channel" value="{}"><label>{} <input name="text" placeholder="{}"></label> '
            "<button>{}</button>",
            channel.id,
            self._desk.slash,
            "prod 1h fix TICKET-123",
            _("Send"),
        )
        shortcut = _form("shortcut", person, format_html("<button>{}</button>", _("Shortcut: Ask for access")))
        return format_html('<div class="commands">{}{}</div>', _form("command", person, typed), shortcut)

    def _post(self, post: Post, posts: list[Post], person: Person) -> SafeString:
        below = [one for one in posts if one.thread == post.ts]
        thread = format_html_join("", '<div class="thread">{}</div>', ((_body(one),) for one in below))
        alone = format_html('<p class="quiet">{}</p>', _("Only visible to you")) if post.only_for else ""
        edited = format_html('<p class="quiet">{}</p>', _("(edited)")) if post.edits else ""
        hidden = format_html(
            '<input type="hidden" name="channel" value="{}"><input type="hidden" name="ts" value="{}">',
            post.channel,
            post.ts,
        )
        return _form(
            "press", person, format_html("{}{}{}{}{}", hidden, alone, _body(post), edited, thread), classes="card"
        )

    def _home(self, person: Person) -> SafeString:
        opened = _form("home", person, format_html("<button>{}</button>", _("Open the app home")))
        home = person.home
        shown = _form("press-home", person, html.blocks(home["blocks"]), classes="card") if home else ""
        return format_html("<section><h2>{}</h2>{}{}</section>", _("App home"), opened, shown)


def _body(post: Post) -> SafeString:
    return html.blocks(post.blocks) if post.blocks else format_html("<p>{}</p>", post.text)


def _people(people: list[Person], shown: Person) -> SafeString:
    rows = [
        format_html(
            '<a href="/?{}"{}>{}</a>',
            urlencode({"as": one.id}),
            format_html(' aria-current="page"') if one is shown else "",
            one.name,
        )
        for one in people
    ]
    return format_html(
        '<nav aria-label="{}">{}</nav>', _("Who you are"), format_html_join(" ", "{}", ((one,) for one in rows))
    )


def _form(verb: str, person: Person, inner: SafeString, *, classes: str = "") -> SafeString:
    return format_html(
        '<form method="post" action="/do/{}" class="{}"><input type="hidden" name="as" value="{}">{}</form>',
        verb,
        classes,
        person.id,
        inner,
    )


def _lines(classes: str, sentences: list[str]) -> SafeString | str:
    if not sentences:
        return ""
    return format_html(
        '<div class="card {}">{}</div>', classes, format_html_join("", "<p>{}</p>", ((one,) for one in sentences))
    )
