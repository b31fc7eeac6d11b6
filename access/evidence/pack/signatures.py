"""The part of a pack that holds what passkeys signed, with all that it takes to check it elsewhere."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from access.core import few
from access.evidence.pack import parts
from access.models import AccessRequest


def of(request: AccessRequest, _known: parts.Facts) -> list[dict[str, Any]]:
    """Each signature with its statement, public key and attestation; of the decisions, and of break-glass."""
    given = request.decisions.exclude(signature=None).order_by("pk").values_list("signature", flat=True)
    emergency = request.path_facts.get("signature")
    return [*given, *([emergency] if emergency else [])]


def events(requests: QuerySet[AccessRequest]) -> Q:
    """The events of the passkeys of everybody who signed one of these: when each was registered is in them."""
    signed = requests.order_by()
    deciders = signed.filter(decisions__signature__isnull=False).values_list("decisions__by", flat=True).distinct()
    takers = signed.filter(path_facts__has_key="signature").values_list("requester", flat=True).distinct()
    people = Q(person_id__in=few.named(deciders)) | Q(person_id__in=few.named(takers))
    return Q(type__startswith="passkey.") & people


parts.add(
    parts.Part(
        "signatures",
        _("What passkeys signed"),
        of,
        "CC6.1, CC6.3",
        "164.312(c)(2), 164.312(d)",
        "01.b, 01.d",
    )
)
