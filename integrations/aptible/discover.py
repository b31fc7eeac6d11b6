"""What a bot's sign-in leads to, before anybody has named an organization."""

from datetime import datetime

from django.utils.translation import gettext as _

from integrations.aptible import report
from integrations.aptible.client import AptibleClient
from integrations.aptible.hal import Json, normal_id
from integrations.base import ConnectionReport, Discovery, Finding, LoginRefused, Organization, ProviderError
from integrations.secrets import Secret


def discover(*, username: str, password: str, auth_url: str, api_url: str, now: datetime) -> Discovery:
    """Sign in once, even after a refusal, and list the organizations that the bot may use. Raises nothing."""
    client = AptibleClient(auth_url=auth_url, api_url=api_url, username=username, password=Secret(password))
    try:
        client.sign_in_anew()
        found = tuple(_organization(one) for one in client.organizations())
    except LoginRefused as error:
        return _failed(report.with_time(error, now))
    except ProviderError as error:
        return _failed(error.summary)
    signed_in = Finding(ok=True, text=_("Signed in to Aptible as %(username)s.") % {"username": username})
    if found:
        return Discovery(ConnectionReport((signed_in,)), found)
    nothing = Finding(ok=False, text=report.why_invisible(client, ""))
    return Discovery(ConnectionReport((signed_in, nothing)))


def _organization(resource: Json) -> Organization:
    id_ = normal_id(resource.get("id"))
    return Organization(id_, str(resource.get("name") or id_))


def _failed(sentence: str) -> Discovery:
    return Discovery(ConnectionReport((Finding(ok=False, text=sentence),)))
