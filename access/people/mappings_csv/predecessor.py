"""The predecessor's table of identities: a row for each person, a column `service:id` for each outside system."""

from collections.abc import Iterator, Mapping
from typing import Final

from django.utils.translation import gettext as _

from access.people.mappings_csv.cells import shown
from access.people.mappings_csv.layout import Entry, Layout, unknown
from access.people.mappings_csv.read import Row

_USER_ID: Final = "user id"
_OTHER_SERVICES: Final = frozenset({
    "auth0", "aws_iam", "aws_sso", "boundary", "custom", "github", "google", "okta", "onelogin", "pagerduty", "slack",
    "tailscale",
})  # fmt: skip
_EXPECTED: Final = "sym:cloud, aptible:<organization id>, User ID"


def is_meant(titles: tuple[str, ...]) -> bool:
    return any(_service(title) or title.lower() == _USER_ID for title in titles)


def layout(titles: tuple[str, ...], organizations: Mapping[str, str]) -> Layout:
    """People are named by the e-mail in `sym:cloud`, accounts by their ids in the columns of Aptible.

    `organizations` maps the id of an organization to the name of its integration.
    """
    emails = [at for at, title in enumerate(titles) if _service(title) == "sym" or title.lower() == "email"]
    asked_for = {at: title.lower().partition(":")[2] for at, title in enumerate(titles) if _service(title) == "aptible"}
    known = {at: organizations[id_] for at, id_ in asked_for.items() if id_ in organizations}
    rest = [title for at, title in enumerate(titles) if at not in {*emails, *asked_for} and title.lower() != _USER_ID]
    wrong = [unknown(title, known=_EXPECTED) for title in rest if _service(title) not in _OTHER_SERVICES]
    wrong += [_no_integration(id_) for at, id_ in asked_for.items() if at not in known]
    if len(emails) != 1:
        wrong.append(_("The people's e-mails must be in exactly one column: “sym:cloud”."))
    if not asked_for:
        wrong.append(_("No column is named “aptible:” and the id of an organization."))
    left_out = tuple(_left_out(title) for title in rest if _service(title) in _OTHER_SERVICES)
    if len(emails) != 1 or not known:
        return Layout(None, tuple(wrong), left_out)
    return Layout(lambda row: _entries(emails[0], known, row), tuple(wrong), left_out)


def _entries(email: int, integrations: Mapping[int, str], row: Row) -> Iterator[Entry]:
    for at, integration in integrations.items():
        if row.cells[at]:
            yield Entry(row.line, integration, row.cells[email], account_id=row.cells[at], account_email="")


def _service(title: str) -> str:
    service, colon, _id = title.lower().partition(":")
    return service if colon else ""


def _no_integration(id_: str) -> str:
    text = _("No integration is for the Aptible organization “%(id)s”. Add one, or take the column out.")
    return text % {"id": shown(id_)}


def _left_out(title: str) -> str:
    return _("The column “%(title)s” is left out: it is of another service.") % {"title": shown(title)}
