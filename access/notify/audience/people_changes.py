"""Whoever is concerned hears of it: what decides whose voice is whose can't be changed with nobody being told."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from access.audit.sentences import sentence
from access.models import Kind, User
from access.notify.notice import Notice, Story
from access.policy import group_in_use

# Of a person's row: by these they are reached, decide for others, or may do more or less than before.
OF_A_PERSON: Final = frozenset(
    {
        "email",
        "name",
        "manager",
        "on_call_email",
        "password",
        "is_active",
        "is_staff",
        "is_superuser",
        "is_auditor",
        "user_permissions",
    }
)
ALWAYS: Final = ""  # no topic: nobody can choose not to hear it


def of_person(story: Story) -> list[Notice]:
    """Tell the person and the admins, at the old address too where the address is what changed."""
    changes = {name: one for name, one in story.event.data.get("changes", {}).items() if name in OF_A_PERSON}
    if not changes:
        return []
    notices = _notices(story, {story.event.person_id}, _in_words(changes))
    old = changes.get("email", {}).get("from")
    person = [story.event.person_id] if story.event.person_id else []
    return [*notices, *_also_at(old, person, notices)] if old else notices


def of_mapping(story: Story) -> list[Notice]:
    """Tell of an account that somebody changed, or that was another one before. What is matched at first is no news."""
    event = story.event
    if story.actor is None and not event.data.get("before"):
        return []
    before, after = event.data.get("before") or "–", event.data.get("account_id") or "–"
    words = {"integration": event.data.get("integration", ""), "before": before, "after": after}
    return _notices(story, {event.person_id}, _("Account in %(integration)s: %(before)s → %(after)s") % words)


def of_match(story: Story) -> list[Notice]:
    return _notices(story, {story.event.person_id}, "")


def of_invitation(story: Story) -> list[Notice]:
    """Tell whoever is invited how they sign in, by mail: nobody has opened anything else of theirs."""
    people = [one for one in (story.event.person_id,) if one is not None]
    facts = {**story.facts, "by": story.event.actor_name or story.event.actor}
    key = f"{Kind.INVITED}:{story.event.seq}"
    return [Notice(Kind.INVITED, people, ALWAYS, story.event.at, key, facts, by_mail=True)] if people else []


def of_passkey(story: Story) -> list[Notice]:
    """Tell the person and the admins: it signs approvals in their name, or no longer."""
    text = _("It counts from %(at)s, or once another admin confirms it")
    counts_from = story.event.data.get("counts_from")
    at = datetime.fromisoformat(counts_from) if counts_from else None
    return _notices(story, {story.event.person_id}, text % {"at": f"{at:%Y-%m-%d %H:%M} UTC"} if at else "")


def of_delegation(story: Story) -> list[Notice]:
    """Tell the admins; both of the delegation have a letter of their own."""
    return _notices(story, set(), "")


def of_group(story: Story) -> list[Notice]:
    """Tell those who are in a group since then, or no longer: it may ask or decide."""
    changed = story.event.data.get("changes", {}).get("members")
    if not changed:
        return []
    emails = set(changed["from"]) ^ set(changed["to"])
    people = set(User.objects.filter(email__in=emails).values_list("pk", flat=True))
    return _notices(story, people, _in_words({"members": changed}))


def of_members(story: Story) -> list[Notice]:
    """Tell of the directory's groups what is told of the others, once a flow goes by them: before, they decide nothing.

    A first push of a whole company would otherwise be a letter to each of them.
    """
    facts = story.event.data
    people = User.objects.filter(email__in=[*facts["joined"], *facts["left"]])
    is_named = group_in_use.is_named(story.event.subject.removeprefix("group:"))
    return _notices(story, people.values_list("pk", flat=True), facts["names"]) if is_named else []


def of_directory(story: Story) -> list[Notice]:
    """Tell the admins of what they may have to look at: a group that nobody fills any more, an e-mail of two people."""
    return _notices(story, set(), "")


def of_secret(story: Story) -> list[Notice]:
    """Tell the admins: with another signing secret or token, somebody else's voice would be taken for Slack's."""
    return _notices(story, set(), _in_words(story.event.data.get("changes", {})))


def of_token(story: Story) -> list[Notice]:
    """Tell whoever the token speaks for; and the admins of one that somebody else issued, for a bot or by a command.

    Their own, too: it outlives the session in which it was issued, which may have been a stolen one.
    """
    scopes = ", ".join(story.event.data.get("scopes", ()))
    if story.actor is not None and story.actor.pk == story.event.person_id:
        return [_notice(story, {story.actor.pk}, scopes)]
    return _notices(story, {story.event.person_id}, scopes)


def of_proposal(story: Story) -> list[Notice]:
    """Tell the other admins that it waits for one of them; later, whoever proposed it what became of it."""
    facts, outcome = story.event.data, story.event.type.partition(".")[2]
    admins = User.objects.filter(is_active=True, is_superuser=True, is_bot=False).values_list("pk", flat=True)
    people = set(admins) if outcome == "made" else {int(facts["proposed_by_id"])}
    people -= {story.actor.pk} if story.actor else set()
    told = {
        **story.facts, "outcome": outcome, "said": sentence(story.event), "ref": facts["proposal"],
        "id": str(facts["id"]),
    }  # fmt: skip
    key = f"{Kind.PROPOSED}:{story.event.seq}"
    return [Notice(Kind.PROPOSED, sorted(people), ALWAYS, story.event.at, key, told)] if people else []


def _notices(story: Story, people: Iterable[int | None], detail: str) -> list[Notice]:
    """One for those concerned and the admins. Whoever did it hears, too: it may have been done in their name."""
    admins = User.objects.filter(is_active=True, is_superuser=True).values_list("pk", flat=True)
    told = {*admins, *(one for one in people if one is not None)}
    return [_notice(story, told, detail)] if told else []


def _notice(story: Story, people: Iterable[int], detail: str) -> Notice:
    event = story.event
    facts = {**story.facts, "by": event.actor_name or event.actor, "said": sentence(event), "detail": detail}
    return Notice(Kind.CONCERNED, sorted(people), ALWAYS, event.at, f"{Kind.CONCERNED}:{event.seq}", facts)


def _also_at(address: str, people: list[int], notices: Iterable[Notice]) -> list[Notice]:
    return [
        Notice(one.kind, people, one.topic, one.due_at, f"{one.key}:old", {**one.facts, "address": address})
        for one in notices
    ]


def _in_words(changes: Mapping[str, Mapping[str, Any]]) -> str:
    told = [(name.replace("_", " "), _shown(one["from"]), _shown(one["to"])) for name, one in changes.items()]
    return "; ".join(f"{name}: {before} → {after}" for name, before, after in told)


def _shown(value: Any) -> str:
    return (", ".join(map(str, value)) if isinstance(value, list) else str(value)) or "–"


RULES: Final[Mapping[str, Callable[[Story], list[Notice]]]] = {
    "person.changed": of_person,
    "person.match_forgotten": of_match,
    "person.invited": of_match,
    "person.invited_by_mail": of_invitation,
    "person.password_set": of_match,
    "person.contact_erased": of_match,
    "mapping.set": of_mapping,
    "mapping.unset": of_mapping,
    "passkey.registered": of_passkey,
    "passkey.confirmed": of_passkey,
    "passkey.removed": of_passkey,
    "group.changed": of_group,
    "group.members_changed": of_members,
    "group.left_directory": of_directory,
    "group.let_go": of_directory,
    "person.kept": of_match,
    "person.not_renamed": of_directory,
    "secret.changed": of_secret,
    "integration.changed": of_secret,
    "integration.secrets_changed": of_secret,
    "token.issued": of_token,
    "token.vouched": of_directory,
    "proposal.made": of_proposal,
    "proposal.confirmed": of_proposal,
    "proposal.declined": of_proposal,
    "proposal.lapsed": of_proposal,
}
