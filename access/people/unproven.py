"""E-mails that only the directory's token says: nobody's account is found by one, until the sign-in provider agrees."""

from django.db.models import F

from access.models import ProvisionedPerson, User


def is_unproven(person: User) -> bool:
    """Whether the directory has given an account in use its e-mail, and no sign-in has said the same since."""
    return ProvisionedPerson.objects.filter(person=person, unproven_email=person.email).exists()


def emails() -> set[str]:
    """Those of everybody, in lower case."""
    rows = ProvisionedPerson.objects.exclude(unproven_email="").filter(unproven_email=F("person__email"))
    return set(rows.values_list("unproven_email", flat=True))


def prove(person: User, *, email: str) -> None:
    """Believe this e-mail: the provider that the account is tied to has vouched for it."""
    ProvisionedPerson.objects.filter(person=person, unproven_email=email).update(unproven_email="")
