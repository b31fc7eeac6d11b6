"""One page for people: who is in which role right now, what changed last, and what is broken on purpose."""

from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from werkzeug import Request, Response

from integrations.aptible.simulator.call import Parts
from integrations.aptible.simulator.errors import ApiError, not_found
from integrations.aptible.simulator.records import Membership, Organization, Role
from integrations.aptible.simulator.state import OUTSIDE

FOLDER: Final = Path(__file__).parent
FILES: Final = {"/page.css": "text/css", "/page.js": "text/javascript"}
STEPS_SHOWN: Final = 20
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def answer_page(request: Request, parts: Parts) -> Response:
    """Answer the page or one of its files. Raises ApiError for any other address."""
    if request.path not in ("/", "/favicon.ico", *FILES):
        raise not_found()
    if request.method not in ("GET", "HEAD"):
        raise ApiError(405, "method_not_allowed", "Method Not Allowed")
    if request.path == "/favicon.ico":
        return Response(status=HTTPStatus.NO_CONTENT)
    if request.path in FILES:
        text = (FOLDER / request.path.removeprefix("/")).read_text(encoding="utf-8")
        return Response(text, content_type=f"{FILES[request.path]}; charset=utf-8")
    headers = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return Response(_page(parts), headers=headers, content_type="text/html; charset=utf-8")


def _page(parts: Parts) -> SafeString:
    with parts.state.lock:
        main = _main(parts)
    return format_html(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/page.css"><script src="/page.js" defer></script>'
        '<noscript><meta http-equiv="refresh" content="1"></noscript></head>'
        '<body><header><h1>{title}</h1><p class="quiet">{intro}</p>'
        '<p id="silent" role="status" hidden>{silent}</p></header><main>{main}</main></body></html>',
        title=_("Aptible simulator"),
        intro=_("Not the real Aptible: everything here is made up and kept in memory. All times are UTC."),
        silent=_("The simulator does not answer. What you see is old."),
        main=main,
    )


def _main(parts: Parts) -> SafeString:
    changes = parts.journal.changes()
    entered = {change["membership_id"] for change in changes if change["what"] == "entered"}
    organizations = [_organization(parts, item, entered) for item in parts.state.organizations.values()]
    return format_html(
        "{}{}<h2>{}</h2>{}<h2>{}</h2><p><code>{}</code><br><code>{}</code></p>",
        _faults(parts.faults.sentences()),
        format_html_join("", "{}", ((item,) for item in organizations)),
        _("Last changes"),
        _steps(changes[: -STEPS_SHOWN - 1 : -1]),
        _("Addresses"),
        f"APTIBLE_AUTH_ROOT_URL={parts.hal.auth_url}",
        f"APTIBLE_API_ROOT_URL={parts.hal.api_url}",
    )


def _organization(parts: Parts, organization: Organization, entered: set[str]) -> SafeString:
    people = parts.state.people_in(organization)
    return format_html(
        '<h2>{} – {}</h2><div class="roles">{}</div><h2>{}</h2><ul class="card people">{}</ul>',
        organization.name,
        _("who is in which role"),
        format_html_join("", "{}", ((_role(parts, role, entered),) for role in parts.state.roles_in(organization))),
        _("Members of the organization"),
        format_html_join("", "<li>{} <span class=quiet>{}</span></li>", ((item.name, item.email) for item in people)),
    )


def _role(parts: Parts, role: Role, entered: set[str]) -> SafeString:
    members = parts.state.members(role)
    rows = format_html_join("", "{}", ((_member(parts, item, item.id in entered),) for item in members))
    return format_html(
        '<section class="card"><header><h3>{}</h3><code>{}</code></header>{}</section>',
        role.name,
        role.type,
        format_html("<ul>{}</ul>", rows) if members else _sentence(_("Nobody is in this role.")),
    )


def _member(parts: Parts, membership: Membership, entered: bool) -> SafeString:
    """Whoever came in since the simulator started is marked, with the moment."""
    person = parts.state.people[membership.person_id]
    admin = f" · {_('role admin')}" if membership.privileged else ""
    since = format_html('<span class="since">{} {}</span>', _("In since"), _time(membership.created_at))
    return format_html(
        '<li class="{}"><span>{}{}</span><span class="quiet">{}</span>{}</li>',
        "entered" if entered else "",
        person.name,
        admin,
        person.email,
        since if entered else "",
    )


def _steps(changes: list[dict[str, Any]]) -> SafeString:
    if not changes:
        return format_html('<div class="card">{}</div>', _sentence(_("Nothing has changed since the start.")))
    rows = ((_time(change["at"]), _step(change)) for change in changes)
    return format_html('<ul class="card steps">{}</ul>', format_html_join("", "<li>{}<span>{}</span></li>", rows))


def _step(change: dict[str, Any]) -> str:
    sentences = {
        "entered": _("%(email)s entered %(role)s, %(by)s."),
        "left": _("%(email)s left %(role)s, %(by)s."),
        "joined": _("%(email)s joined %(organization)s, %(by)s."),
        "removed": _("%(email)s is out of %(organization)s: no role was left."),
    }
    by = _("by hand") if change["by"] == OUTSIDE else _("by %(email)s") % {"email": change["by"]}
    return sentences[change["what"]] % (change | {"by": by})


def _faults(sentences: list[str]) -> SafeString | str:
    if not sentences:
        return ""
    rows = format_html_join("", "<li>{}</li>", ((sentence,) for sentence in sentences))
    return format_html('<section class="card faults"><h3>{}</h3><ul>{}</ul></section>', _("Broken on purpose"), rows)


def _sentence(text: str) -> SafeString:
    return format_html('<p class="quiet">{}</p>', text)


def _time(at: float) -> SafeString:
    moment = datetime.fromtimestamp(at, UTC)
    shown = moment.strftime("%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(timespec="milliseconds"), shown)
