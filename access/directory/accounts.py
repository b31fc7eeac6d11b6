"""Which account gets in with a request: by its id, and by what the directory says of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from access.core.prepared import prepared
from access.models import AccessRequest, DirectoryPerson


@dataclass(frozen=True)
class Account:
    id: str
    email: str  # empty where the directory knows none by this id
    is_own: bool  # it has the e-mail of the person who asked

    def __str__(self) -> str:
        return f"{self.email} ({self.id})" if self.email else self.id


def of_requests(requests: Collection[AccessRequest]) -> Mapping[int, Account]:
    """Name the account of each request that gives access, by the request's primary key: one query."""
    wanted = [one for one in requests if one.target_id and one.account_id]
    known = {(integration, id_): email for integration, id_, email in _named([one.account_id for one in wanted])}
    return {one.pk: _account(one, known) for one in wanted}


@prepared
def _named(external_ids: Collection[str]) -> QuerySet[DirectoryPerson, tuple[int, str, str]]:
    rows = DirectoryPerson.objects.filter(external_id__in=external_ids)
    return rows.values_list("integration_id", "external_id", "email")


def _account(request: AccessRequest, known: Mapping[tuple[int, str], str]) -> Account:
    where = request.target.integration_id if request.target else 0
    email = known.get((where, request.account_id), "")
    return Account(request.account_id, email, email.lower() == request.requester.email.lower())
