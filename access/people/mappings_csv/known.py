"""What the portal knows of people, accounts and mappings, read once for a whole file."""

from collections import defaultdict

from django.utils.translation import gettext as _

from access.models import DirectoryPerson, Integration, User, UserMapping
from access.people.mappings_csv.cells import shown
from access.people.mappings_csv.layout import Entry


class Wrong(Exception):
    """Something in the file can't be followed. `str()` of it is the sentence."""


class Known:
    """Four queries, whatever is in the file. With `lock`, nobody else changes a mapping until the transaction ends."""

    def __init__(self, *, lock: bool) -> None:
        integrations = Integration.objects.order_by("pk")
        mappings = UserMapping.objects.order_by("pk").only("user_id", "integration_id", "account_id")
        if lock:
            integrations, mappings = integrations.select_for_update(), mappings.select_for_update()
        self.integrations = {one.name: one for one in integrations}
        self.current = {(one.integration_id, one.user_id): one.account_id for one in mappings}
        self.by_pk = {user.pk: user for user in User.objects.only("email", "name")}
        self._people: defaultdict[str, list[User]] = defaultdict(list)
        for user in self.by_pk.values():
            self._people[_folded(user.email)].append(user)
        self._accounts: dict[tuple[int, str], DirectoryPerson] = {}
        self._by_email: defaultdict[tuple[int, str], list[DirectoryPerson]] = defaultdict(list)
        for account in DirectoryPerson.objects.only("integration_id", "external_id", "email", "gone_at"):
            self._accounts[account.integration_id, account.external_id] = account
            self._by_email[account.integration_id, _folded(account.email)].append(account)

    def organizations(self) -> dict[str, str]:
        """Map the id of each organization at Aptible to the name of its integration."""
        of_aptible = (one for one in self.integrations.values() if one.type == Integration.Type.APTIBLE)
        return {one.external_id: one.name for one in of_aptible}

    def integration(self, name: str) -> Integration:
        if name not in self.integrations:
            words = {"name": shown(name), "known": ", ".join(sorted(self.integrations)) or _("none")}
            text = _("There is no integration “%(name)s”. There are: %(known)s.")
            raise Wrong(text % words if name else _("The integration is missing."))
        return self.integrations[name]

    def person(self, email: str) -> User:
        found = self._people.get(_folded(email), [])
        if len(found) == 1:
            return found[0]
        if not email:
            raise Wrong(_("The person's e-mail is missing."))
        text = (
            _("Several people here have the e-mail “%(email)s”.")
            if found
            else _("Nobody here has the e-mail “%(email)s”.")
        )
        raise Wrong(text % {"email": shown(email)})

    def account(self, entry: Entry, integration: Integration, *, current: str) -> str:
        """Find the id of the account that is meant. What the person has already is not questioned."""
        if not (entry.account_id or entry.account_email):
            return ""
        if not entry.account_id:
            return self._with_email(entry.account_email, integration, current=current)
        account_id = self._with_id(entry.account_id, integration, current=current)
        email = self.email_of(integration, account_id)
        if entry.account_email and _folded(entry.account_email) != _folded(email):
            words = {"id": shown(account_id), "email": shown(entry.account_email), "actual": shown(email) or _("none")}
            text = _(
                "The e-mail of the account “%(id)s” is not “%(email)s” but “%(actual)s”."
                " Correct one of the two, or leave one empty."
            )
            raise Wrong(text % words)
        return account_id

    def email_of(self, integration: Integration, account_id: str) -> str:
        """The account's e-mail at the last sync; empty when it was never seen."""
        account = self._accounts.get((integration.pk, account_id))
        return account.email if account else ""

    def _with_id(self, id_: str, integration: Integration, *, current: str) -> str:
        if current and current in (id_, id_.lower()):
            return current
        found = self._accounts.get((integration.pk, id_)) or self._accounts.get((integration.pk, id_.lower()))
        words = {"account": shown(id_), "integration": integration.name}
        if found is None:
            raise Wrong(_("%(integration)s has no account with the id “%(account)s”.") % words)
        if found.gone_at:
            raise Wrong(_("The account “%(account)s” has left %(integration)s.") % words)
        return found.external_id

    def _with_email(self, email: str, integration: Integration, *, current: str) -> str:
        found = self._by_email.get((integration.pk, _folded(email)), [])
        live = [one.external_id for one in found if not one.gone_at]
        words = {"account": shown(email), "integration": integration.name}
        if len(live) == 1:
            return live[0]
        if live:
            text = _(
                "Several accounts in %(integration)s have the e-mail “%(account)s”."
                " Write the id of the one that is meant."
            )
            raise Wrong(text % words)
        if current and current in (one.external_id for one in found):
            return current
        if found:
            raise Wrong(_("The account “%(account)s” has left %(integration)s.") % words)
        raise Wrong(_("%(integration)s has no account with the e-mail “%(account)s”.") % words)


def _folded(email: str) -> str:
    return email.strip().lower()
