"""Erase how somebody who has left could be reached: everywhere but in the log, where they stay by name.

Every text of every table is looked through, so that a table which comes later needs no line here. The log keeps the
address that somebody acted under at the time: see docs/adr/0024.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.db import transaction
from django.db.models import CharField, JSONField, Model, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from social_django.models import UserSocialAuth

from access.audit import log
from access.core.errors import Conflict, NotAllowed
from access.core.slices import in_slices
from access.core.states import OPEN
from access.models import AuditEvent, Grant, Integration, Notification, ProvisionedPerson, SlackHome, User

# The log and what proves it, of which nothing can be changed; and where anchors go, which a setting says.
NEVER: Final = frozenset({"auditevent", "audithead", "auditseal", "auditcheck", "anchorplace"})
# What a device signed is proof only as it was signed.
SIGNED: Final = frozenset({"signature"})
DOMAIN: Final = "erased.invalid"  # no mail can be sent there, for ever


@dataclass(frozen=True)
class Erased:
    rows: int  # of how many rows of other tables something was taken
    in_log: int  # how many events keep the address that they acted under

    def told(self, who: str) -> str:
        """Say what was erased of this person, and what stays."""
        erased = ngettext(
            "The contact data of %(who)s are erased, from %(count)d row.",
            "The contact data of %(who)s are erased, from %(count)d rows.",
            self.rows,
        ) % {"who": who, "count": self.rows}
        kept = ngettext(
            "%(count)d event of the log keeps the address.",
            "%(count)d events of the log keep the address.",
            self.in_log,
        ) % {"count": self.in_log}
        return f"{erased} {kept}"


def is_erased(person: User) -> bool:
    return person.email.endswith(f"@{DOMAIN}")


def check_can_erase(person: User, *, by: log.Actor) -> None:
    """Raise NotAllowed for anybody but an admin, Conflict with what has to be done before or was done already."""
    if isinstance(by, User) and not by.is_admin:
        raise NotAllowed(_("Only an admin can erase somebody's contact data."))
    if is_erased(person):
        raise Conflict(_("The contact data of %(person)s were erased already.") % {"person": person})
    if person.is_active:
        raise Conflict(_("Switch %(person)s off first: whoever can sign in has to be reached.") % {"person": person})
    if Grant.objects.filter(person=person, state__in=OPEN).exists():
        raise Conflict(_("What %(person)s holds has not ended yet.") % {"person": person})


@transaction.atomic
def erase(person: User, *, by: log.Actor, now: datetime) -> Erased:
    """Take their address, their Slack accounts, user mappings and ties to sign-in providers out of every table.

    The name stays. Raises NotAllowed, or Conflict while they can sign in or hold something.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    check_can_erase(person, by=by)
    email, instead = person.email, f"person-{person.pk}@{DOMAIN}"
    accounts = _slack_accounts(person)
    words = {email: instead, **dict.fromkeys(accounts, f"person-{person.pk}")}
    SlackHome.objects.filter(account_id__in=accounts).delete()
    Notification.objects.filter(recipient=person, due_at__isnull=False).delete()
    UserSocialAuth.objects.filter(user=person).delete()
    # What the company's directory said: further addresses, and what else it has of them.
    ProvisionedPerson.objects.filter(person=person).update(said={}, external_id="")
    person.mappings.all().delete()
    person.email, person.on_call_email, person.zone, person.browser_zone = instead, "", "", ""
    person.name = person.name or _("Person %(number)d") % {"number": person.pk}
    person.set_unusable_password()
    person.save(update_fields=["email", "on_call_email", "name", "password", "zone", "browser_zone"])
    rows = sum(_replace(model, words) for model in _tables())
    told = Erased(rows, _events(email).count())
    log.append(
        "person.contact_erased", actor=by, now=now, subject=person,
        data={"who": person.name, "rows": told.rows, "in_log": told.in_log},
    )  # fmt: skip
    return told


def _slack_accounts(person: User) -> list[str]:
    found = person.mappings.filter(integration__type=Integration.Type.SLACK).exclude(account_id="")
    return list(found.values_list("account_id", flat=True))


def _events(email: str) -> QuerySet[AuditEvent]:
    events = AuditEvent.objects.annotate(text_of_data=Cast("data", TextField()))
    return events.filter(Q(actor__iexact=email) | Q(subject__icontains=email) | Q(text_of_data__icontains=email))


def _tables() -> Iterator[type[Model]]:
    return (one for one in apps.get_app_config("access").get_models() if one._meta.model_name not in NEVER)


def _replace(model: type[Model], words: dict[str, str]) -> int:
    """Put others in the place of these words wherever a row has them; return of how many rows."""
    texts = [one.name for one in model._meta.concrete_fields if isinstance(one, CharField | TextField | JSONField)]
    names = [one for one in texts if one not in SIGNED]
    if not names:
        return 0
    casts = {f"text_of_{name}": Cast(name, TextField()) for name in names}
    found = Q(*(Q(**{f"{name}__icontains": word}) for name in casts for word in words), _connector=Q.OR)
    count = 0
    for row in in_slices(model._default_manager.annotate(**casts).filter(found), "pk"):
        old = {name: getattr(row, name) for name in names}
        new = {name: _without(value, words, model, name) for name, value in old.items()}
        changed = {name: value for name, value in new.items() if value != old[name]}
        if changed:
            count += model._default_manager.filter(pk=row.pk).update(**changed)
    return count


def _without(value: Any, words: dict[str, str], model: type[Model], name: str) -> Any:
    longest = getattr(model._meta.get_field(name), "max_length", None)
    done = _replaced(value, words)
    return done[:longest] if isinstance(done, str) and longest else done


def _replaced(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, str):
        for word, instead in words.items():
            # No part of a longer address or id.
            value = re.sub(rf"(?<![\w.+%-]){re.escape(word)}(?![\w-])(?!\.\w)", instead, value, flags=re.IGNORECASE)
        return value
    if isinstance(value, list):
        return [_replaced(one, words) for one in value]
    if isinstance(value, dict):
        return {_replaced(name, words): _replaced(one, words) for name, one in value.items()}
    return value
