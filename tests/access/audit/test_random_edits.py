"""A thousand random edits by direct SQL: each is found."""

import random

import pytest
from django.db import transaction

from access.audit import log, seal, verify, witness
from tests import chain
from tests.access.audit.test_verify_audit import random_edit

pytestmark = pytest.mark.django_db
EVENTS = 12


@pytest.mark.parametrize("part", range(10))
def test_a_thousand_random_edits_are_found(part, now):
    draw = random.Random(part)
    for number in range(EVENTS):
        log.append("test.a", actor="x", now=now, data={"n": number})
    anchor = witness.of_seal(seal.sign(now=now))
    assert verify.run(anchors=[anchor]).bad is None
    for _ in range(100):
        with transaction.atomic():
            for _edit in range(draw.choice([1, 1, 1, 2, 3])):
                random_edit(draw, EVENTS)
            log.append("test.later", actor="x", now=now)
            seal.seal(now=now)
            assert verify.run(anchors=[anchor]).bad is not None
            assert verify.run().bad is not None
            transaction.set_rollback(True)
    assert chain.first_bad() is None
