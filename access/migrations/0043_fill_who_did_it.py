"""Who ended access, issued a token or applied files: by what the log knows for sure. The rest stays an address."""

from django.db import migrations

ENDS = ("grant.revoking", "grant.ended")


def fill(apps, _schema):
    """The log names the person by id since it keeps that; before, an address counts if it never was another's."""
    Event, User = apps.get_model("access", "AuditEvent"), apps.get_model("access", "User")
    sure = _people(Event, User)
    for event in Event.objects.filter(type__in=ENDS, actor__contains="@").order_by("id").iterator():
        rows = apps.get_model("access", "Grant").objects.filter(ref=event.grant_ref)
        _write(rows, "ended_by", event, sure)
    for event in Event.objects.filter(type="token.issued", actor__contains="@").iterator():
        _write(apps.get_model("access", "Token").objects.filter(ref=event.data.get("token", "")), "created_by", event, sure)
    Declared = apps.get_model("access", "Declared")
    for by, at in Declared.objects.filter(applied_by__contains="@").values_list("applied_by", "applied_at").distinct():
        for event in Event.objects.filter(actor=by, at=at)[:1]:
            _write(Declared.objects.filter(applied_at=at), "applied_by", event, sure)


def _write(rows, column, event, sure):
    pk, name = event.actor_id, event.actor_name or ""
    if pk is None:
        pk, name = sure.get(event.actor.lower(), (None, ""))
    if pk is not None:
        mine = rows.filter(**{column: event.actor, f"{column}_id": None})
        mine.update(**{f"{column}_id": pk, f"{column}_name": name})


def _people(Event, User):
    """Who has an address, if the log does not say that it ever became or ceased to be somebody's."""
    changes = Event.objects.filter(type="person.changed", data__changes__email__isnull=False)
    pairs = [one["changes"]["email"] for one in changes.values_list("data", flat=True)]
    moved = {str(address).lower() for pair in pairs for address in (pair["from"], pair["to"])}
    people = {one.email.lower(): (one.pk, one.name or one.email) for one in User.objects.all()}
    return {email: who for email, who in people.items() if email not in moved}


class Migration(migrations.Migration):
    dependencies = [("access", "0042_who_did_it_by_id")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
