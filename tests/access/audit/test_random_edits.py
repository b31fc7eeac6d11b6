"""A thousand random edits by direct SQL: each is found with an anchor, and without one all but tails that were cut."""

import random
from datetime import timedelta

import pytest
from django.db import connection, transaction

from access.audit import log, seal, verify, witness
from access.models import AuditHead, AuditSeal
from tests import chain
from tests.access.audit.tamper import sql
from tests.access.audit.test_verify_audit import random_edit

pytestmark = pytest.mark.django_db
EVENTS = 12
SIGNED_EVERY = 4


def cut_and_set_back(draw) -> int:
    """Take the log back to a time when it was signed, head and seals included: every signature is genuine."""
    kept = draw.choice(AuditSeal.objects.filter(sealed_seq__lt=EVENTS).order_by("sealed_seq"))
    sql("DELETE FROM access_auditevent WHERE seq > %s", kept.sealed_seq)
    sql("DELETE FROM access_auditseal WHERE sealed_seq > %s", kept.sealed_seq)
    facts = ("sealed_seq", "sealed_hash", "sealed_at", "key", "signature")
    AuditHead.objects.update(
        seq=kept.sealed_seq, hash=kept.sealed_hash, **{name: getattr(kept, name) for name in facts}
    )  # fmt: skip
    return int(kept.sealed_seq)


def everything():
    """Each column of the log and of its head, as it stands in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM access_auditevent ORDER BY id")
        events = cursor.fetchall()
        cursor.execute("SELECT * FROM access_audithead")
        return events, cursor.fetchall()


@pytest.mark.parametrize("part", range(10))
def test_a_thousand_random_edits_are_found(part, now):
    draw, cuts = random.Random(part), 0
    for number in range(1, EVENTS + 1):
        log.append("test.a", actor="x", now=now, data={"n": number})
        if number % SIGNED_EVERY == 0:
            signed = seal.sign(now=now + timedelta(seconds=number))
    anchor = witness.of_seal(signed)
    assert verify.run(anchors=[anchor]).bad is None
    before = everything()  # and at the beginning of each round: nothing of the one before it stays
    for _ in range(100):
        with transaction.atomic():
            is_cut = draw.random() < 0.2
            last = cut_and_set_back(draw) if is_cut else EVENTS
            edits = draw.choice([0, 0, 1] if is_cut else [1, 1, 1, 2, 3])
            for _edit in range(edits):
                random_edit(draw, last)
            if everything() == before:  # two edits that undo each other
                transaction.set_rollback(True)
                continue
            log.append("test.later", actor="x", now=now)
            seal.seal(now=now)
            assert verify.run(anchors=[anchor]).bad is not None
            assert (verify.run().bad is None) == (is_cut and not edits)
            cuts += is_cut and not edits
            transaction.set_rollback(True)
    assert cuts > 5
    assert chain.first_bad() is None
