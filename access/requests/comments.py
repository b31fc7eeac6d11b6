"""What people say to each other about a request: kept in the log alone, so nobody changes or takes back a word."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from access.audit import log
from access.core import texts
from access.core.errors import Conflict, Invalid, NotAllowed
from access.models import AccessRequest, AuditEvent, User
from access.people.rules import check_may_change

COMMENT: Final = "request.comment"
LONGEST: Final = 2000  # characters
MOST: Final = 100  # on one request


def check_can_talk(request: AccessRequest, *, by: User) -> None:
    """Raise NotAllowed for auditors and for who can't sign in. Who may not see the request never comes as far."""
    check_may_change(by)
    if not by.is_active:
        raise NotAllowed(_("Only people who can sign in may say something about %(ref)s.") % {"ref": request.ref})


@transaction.atomic
def say(*, request: AccessRequest, by: User, text: str, now: datetime) -> None:
    """Write down what somebody says who may see the request; the requester and the approvers are told.

    Raises NotAllowed, Invalid for `comment` that is empty, too long or can't be kept, Conflict when all was said.
    """
    check_can_talk(request, by=by)
    text = text.strip()
    if unfit := texts.wrong(comment=text):
        raise Invalid(unfit)
    if not text:
        raise Invalid({"comment": _("Write what you want to ask or to answer.")})
    if len(text) > LONGEST:
        raise Invalid({"comment": _("Write at most %(count)d characters.") % {"count": LONGEST}})
    if AuditEvent.objects.filter(request_ref=request.ref, type=COMMENT).count() >= MOST:
        raise Conflict(_("A hundred comments are on %(ref)s already. Talk elsewhere.") % {"ref": request.ref})
    log.append(COMMENT, actor=by, now=now, request=request, data={"comment": text})
