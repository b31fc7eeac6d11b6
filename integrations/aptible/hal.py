"""Aptible's shapes that every resource shares: ids, links, collections, the error envelope."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from integrations.base import ProviderError, ProviderUnavailable
from integrations.http import Answer

Json = Mapping[str, Any]

_SLUG: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Refusal(ProviderError):
    """Aptible's own no, in its own envelope. `slug` is its name for the reason."""

    def __init__(self, *, slug: str, status: int, message: str = "") -> None:
        super().__init__(_("Aptible refused with “%(slug)s”.") % {"slug": slug})
        self.slug = slug
        self.status = status
        # How Aptible says so is not documented: "User has already been taken" is what others of its checks say.
        self.already = status in (409, 422) and "already" in f"{slug} {message}".lower()

    @property
    def missing(self) -> bool:
        return self.slug == "not_found" or self.status == 404

    @property
    def denied(self) -> bool:
        return self.slug in {"access_denied", "forbidden"} or self.status == 403


def refusal(answer: Answer) -> Refusal | None:
    """What an answer that is not a success says, or None when the envelope is not Aptible's."""
    envelope = answer.json()
    if not isinstance(envelope, dict) or not isinstance(envelope.get("message"), str):
        return None
    slug = envelope.get("error")
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
        return None
    return Refusal(slug=slug, status=answer.status, message=envelope["message"])


def normal_id(value: object) -> str:
    """The one spelling of an id: text, with UUIDs in lower case. Empty when it is no id."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value)
    return text.lower() if _UUID.fullmatch(text) else text


def path_id(value: str) -> str:
    """The id as a path segment. Raises ProviderError for what could lead to another path."""
    if not _ID.fullmatch(value):
        raise ProviderError(_("An id that was set up for Aptible is not in Aptible's form."))
    return normal_id(value)


def link(resource: Json, name: str) -> str:
    """The address that the resource links to under this name, or an empty text."""
    links = resource.get("_links")
    target = links.get(name) if isinstance(links, dict) else None
    href = target.get("href") if isinstance(target, dict) else None
    return href if isinstance(href, str) else ""


def related_id(resource: Json, name: str) -> str:
    """Id of a related resource: of the link to where such resources are, else of the embedded one.

    A link to anything else, such as /memberships/1/user, has no id in it.
    """
    segment = _segment_behind(f"{name}s", link(resource, name))
    if segment:
        return normal_id(segment)
    embedded = resource.get("_embedded")
    inner = embedded.get(name) if isinstance(embedded, dict) else None
    return normal_id(inner.get("id")) if isinstance(inner, dict) else ""


def _segment_behind(collection: str, href: str) -> str:
    try:
        before, _slash, id_ = urlsplit(href).path.rstrip("/").rpartition("/")
    except ValueError:
        return ""
    return id_ if before.rpartition("/")[2] == collection else ""


def embedded(payload: Json, name: str) -> list[Json]:
    """The resources of a collection. Raises ProviderUnavailable when it is not one: an answer
    that lacks its list must never be read as an empty list."""
    inner = payload.get("_embedded")
    if not isinstance(inner, dict):
        raise malformed()
    return resources(inner.get(name))


def resources(value: object) -> list[Json]:
    """The value, if it is a list of resources. Raises ProviderUnavailable otherwise."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise malformed()
    return value


def malformed() -> ProviderUnavailable:
    return ProviderUnavailable(_("Aptible's answer is not in the form that was expected."))
