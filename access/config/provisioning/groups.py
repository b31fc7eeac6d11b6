"""Groups as the directory has them. Who is in one decides what its flows say, so each change is told."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from access.audit import log
from access.config import record_changes
from access.config.free_name import free_name
from access.config.provisioning import rules
from access.core.errors import Invalid
from access.models import Group, ProvisionedGroup, ProvisionedPerson, User
from access.policy import check_flows, group_in_use


@dataclass(frozen=True)
class Said:
    """What the directory says of a group: `members` are the refs of its people."""

    label: str
    external_id: str = ""
    members: frozenset[str] = frozenset()


@transaction.atomic
def add(said: Said, *, by: User, now: datetime) -> ProvisionedGroup:
    """Make a group, or take up again one that the directory had. Raises Conflict for the name of another, Invalid."""
    rules.check_texts(displayName=said.label, externalId=said.external_id)
    gone = ProvisionedGroup.objects.select_for_update(of=("self",)).select_related("group")
    row = gone.filter(group__label=said.label, gone_at__isnull=False).first()
    if row is None:
        rules.check_label(said.label)
        group = Group.objects.create(label=said.label, name=free_name(Group, said.label, otherwise="group"))
        record_changes.record_added(group, by=by, now=now)
        row = ProvisionedGroup.objects.create(group=group, created_at=now, changed_at=now)
    ProvisionedGroup.objects.filter(pk=row.pk).update(gone_at=None)
    return _follow(row, said, by=by, now=now)


@transaction.atomic
def change(row: ProvisionedGroup, said: Said, *, by: User, now: datetime) -> ProvisionedGroup:
    """Let the group be what the directory says. Its name in files and flows stays. Raises as `add` does."""
    rules.check_texts(displayName=said.label, externalId=said.external_id)
    row = locked(row)
    if said.label != row.group.label:
        rules.check_label(said.label, but=row.group)
    return _follow(row, said, by=by, now=now)


@transaction.atomic
def remove(row: ProvisionedGroup, *, by: User, now: datetime) -> None:
    """Empty the group; and take it away where nothing names it.

    One that a flow names stays, without anybody: a flow that names no group any more would be open to everybody.
    """
    row = locked(row)
    _set_members(row.group, frozenset(), by=by, now=now)
    if group_in_use.is_named(row.group.name):
        log.append("group.left_directory", actor=by, now=now, subject=record_changes.subject(row.group))
        ProvisionedGroup.objects.filter(pk=row.pk).update(gone_at=now, changed_at=now, version=F("version") + 1)
        return
    record_changes.record_removed(row.group, by=by, now=now)
    row.group.delete()


@transaction.atomic
def let_go(group: Group, *, by: User, now: datetime) -> bool:
    """Keep the group by hand from now on, with whoever is in it; False when it was so. An admin decides that."""
    done, _rows = ProvisionedGroup.objects.filter(group=group).delete()
    if done:
        log.append("group.let_go", actor=by, now=now, subject=record_changes.subject(group))
    return bool(done)


def locked(row: ProvisionedGroup) -> ProvisionedGroup:
    return ProvisionedGroup.objects.select_for_update(of=("self",)).select_related("group").get(pk=row.pk)


def _follow(row: ProvisionedGroup, said: Said, *, by: User, now: datetime) -> ProvisionedGroup:
    group = row.group
    if group.label != said.label:
        changes = {"label": {"from": group.label, "to": said.label}}
        group.label = said.label
        group.save(update_fields=["label"])
        log.append("group.changed", actor=by, now=now, subject=record_changes.subject(group), data={"changes": changes})
    _set_members(group, said.members, by=by, now=now)
    ProvisionedGroup.objects.filter(pk=row.pk).update(
        external_id=said.external_id, changed_at=now, version=F("version") + 1
    )
    row.refresh_from_db()
    return row


def _set_members(group: Group, refs: Collection[str], *, by: User, now: datetime) -> None:
    here = {one.person_id: one.person for one in _people(refs)}
    before = {one.pk: one for one in group.members.all()}
    joined = [person for pk, person in here.items() if pk not in before]
    left = [person for pk, person in before.items() if pk not in here]
    if not (joined or left):
        return
    group.members.add(*joined)
    group.members.remove(*left)
    record_changes.record_members(
        group, joined=[one.email for one in joined], left=[one.email for one in left], by=by, now=now
    )
    check_flows.look_soon(now=now)


def _people(refs: Collection[str]) -> list[ProvisionedPerson]:
    """Those whom the directory has. Whom it has deleted it may still name: they are in no group, and hold up nobody."""
    found = list(ProvisionedPerson.objects.filter(ref__in=refs).select_related("person"))
    if missing := set(refs) - {one.ref for one in found}:
        text = _("There is no person with the id %(ref)s. Groups within groups are not taken: send their people.")
        raise Invalid({"members": text % {"ref": min(missing)[:100]}})
    return [one for one in found if one.gone_at is None]
