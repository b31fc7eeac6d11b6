"""Passkeys: registered on this site alone, with the person verified; when they count, and who hears of it."""

import json
from datetime import timedelta

import pytest

from access.audit.sentences import sentence
from access.core.errors import Conflict, Invalid, NotAllowed, Refusal
from access.models import AuditEvent, Challenge, Passkey
from access.notify.audience.people_changes import RULES
from access.people import challenges, passkeys
from access.people.challenges import Signed
from integrations.passkeys import Site
from tests import factories
from tests.authenticator import PRESENT, SITE, Authenticator, base64url

DAY = timedelta(days=1)
PURPOSE = Challenge.Purpose


@pytest.fixture
def device():
    return Authenticator()


def register(person, device, *, now, name="Laptop", by=None, **lies):
    options = passkeys.to_register(person, site=SITE, now=now)
    answer = device.create(options, **lies)
    return passkeys.register(person=by or person, name=name, signed=Signed(answer, SITE), wait=DAY, now=now)


def options_to_sign(person, purpose=PURPOSE.TOUCH, *, now):
    challenge = challenges.ask(person, purpose, {"usher": "test"}, site=SITE, now=now)
    return passkeys.to_sign(person, challenge, site=SITE)


def answered(person, answer, purpose=PURPOSE.TOUCH, *, now):
    return challenges.answer(person, purpose, Signed(answer, SITE), now=now)


def test_a_passkey_is_registered_and_signs(adam, device, now):
    made = register(adam, device, now=now)
    found = answered(adam, device.get(options_to_sign(adam, now=now)), now=now)
    assert found.passkey == made
    assert found.statement["site"] == "usher.example.com"
    assert {"client_data", "authenticator_data", "signature", "public_key", "attestation"} <= set(found.evidence)
    made.refresh_from_db()
    assert (made.last_used_at, made.sign_count) == (now, 1)


@pytest.mark.parametrize(
    "lies",
    [
        {"flags": PRESENT}, {"flags": 0}, {"origin": "https://usher.example.com.evil.example"}, {"framed": True},
        {"site": "evil.example"}, {"origin": "http://usher.example.com"},
    ],
)  # fmt: skip
def test_a_passkey_of_another_site_or_without_verification_is_not_registered(adam, device, now, lies):
    with pytest.raises(NotAllowed):
        register(adam, device, now=now, **lies)
    assert not Passkey.objects.exists()


@pytest.mark.parametrize(
    "lies",
    [
        {"flags": PRESENT}, {"flags": 0x04}, {"origin": "https://evil.example"}, {"site": "evil.example"},
        {"type": "webauthn.create"}, {"signature": b"\x30\x06\x02\x01\x01\x02\x01\x01"}, {"signature": b""},
        {"framed": True}, {"challenge": base64url(b"x" * 32)}, {"challenge": ""}, {"challenge": "é"},
    ],
)  # fmt: skip
def test_a_signature_that_lies_is_refused_and_changes_nothing(adam, device, now, lies):
    register(adam, device, now=now)
    with pytest.raises(NotAllowed):
        answered(adam, device.get(options_to_sign(adam, now=now), **lies), now=now)
    assert Passkey.objects.get().last_used_at is None


def test_a_copied_device_is_refused_by_its_count(adam, device, now):
    register(adam, device, now=now)
    answered(adam, device.get(options_to_sign(adam, now=now), count=7), now=now)
    with pytest.raises(NotAllowed):
        answered(adam, device.get(options_to_sign(adam, now=now), count=7), now=now)


def test_a_signature_counts_once(adam, device, now):
    register(adam, device, now=now)
    answer = device.get(options_to_sign(adam, now=now))
    answered(adam, answer, now=now)
    with pytest.raises(NotAllowed, match="before"):
        answered(adam, answer, now=now)


def test_a_signature_grows_old(adam, device, now):
    register(adam, device, now=now)
    answer = device.get(options_to_sign(adam, now=now))
    with pytest.raises(NotAllowed, match="too long ago"):
        answered(adam, answer, now=now + challenges.LASTS)


def test_a_signature_for_one_thing_is_none_for_another(adam, device, now):
    register(adam, device, now=now)
    answer = device.get(options_to_sign(adam, PURPOSE.SIGN_IN, now=now))
    with pytest.raises(NotAllowed, match="something else"):
        answered(adam, answer, PURPOSE.APPROVE, now=now)


def test_nobody_signs_with_the_passkey_of_another(adam, rita, device, now):
    register(rita, device, now=now)
    with pytest.raises(NotAllowed, match="not one of those"):
        answered(adam, device.get(options_to_sign(adam, now=now)), now=now)
    answer = device.get(options_to_sign(rita, now=now))
    with pytest.raises(NotAllowed):
        answered(adam, answer, now=now)


def test_nobody_registers_what_another_was_asked(adam, rita, device, now):
    with pytest.raises(NotAllowed):
        register(adam, device, now=now, by=rita)


@pytest.mark.parametrize(
    "answer",
    [
        {}, {"id": 7}, {"response": None}, {"response": {"clientDataJSON": 1}}, {"response": {"clientDataJSON": "e30"}},
        {"response": {"clientDataJSON": "W10"}}, {"response": {"clientDataJSON": "!!!"}},
    ],
)  # fmt: skip
def test_what_a_browser_makes_up_is_refused_in_words(adam, now, answer):
    for act in (
        lambda: answered(adam, answer, now=now),
        lambda: passkeys.register(person=adam, name="X", signed=Signed(answer, SITE), wait=DAY, now=now),
    ):
        with pytest.raises(NotAllowed):
            act()


def otherwise(text, by):
    return {"!": f"!{text}", "line end": f"{text}\n", "nothing": f"{text}\x00", "padding": f"{text}="}[by]


@pytest.mark.parametrize("by", ["!", "line end", "nothing", "padding"])
@pytest.mark.parametrize("name", ["clientDataJSON", "authenticatorData", "signature", "challenge"])
def test_a_signature_that_others_could_not_read_is_refused(adam, device, now, name, by):
    register(adam, device, now=now)
    options = options_to_sign(adam, now=now)
    lies = {"challenge": otherwise(options["challenge"], by)} if name == "challenge" else {}
    answer = device.get(options, **lies)
    if not lies:
        answer["response"][name] = otherwise(answer["response"][name], by)
    with pytest.raises(NotAllowed, match="signature is not right"):
        answered(adam, answer, now=now)


def test_a_registration_that_others_could_not_read_is_refused(adam, device, now):
    answer = device.create(passkeys.to_register(adam, site=SITE, now=now))
    answer["response"]["clientDataJSON"] += "\n"
    with pytest.raises(NotAllowed, match="can't be used"):
        passkeys.register(person=adam, name="X", signed=Signed(answer, SITE), wait=DAY, now=now)


def test_a_passkey_of_before_the_portal_moved_signs_nothing(adam, device, now):
    register(adam, device, now=now)
    moved = Site("new.example.com", "https://new.example.com")
    challenge = challenges.ask(adam, PURPOSE.TOUCH, {"usher": "test"}, site=moved, now=now)
    answer = device.get(passkeys.to_sign(adam, challenge, site=moved), site=moved.id, origin=moved.origin)
    with pytest.raises(NotAllowed, match="signature is not right"):
        challenges.answer(adam, PURPOSE.TOUCH, Signed(answer, moved), now=now)


def test_an_answer_of_any_depth_is_refused(adam, now):
    deep = base64url(b'{"challenge": ' + b"[" * 15_000 + b"]" * 15_000 + b"}")
    with pytest.raises(NotAllowed, match="can't be read"):
        answered(adam, {"id": "x", "response": {"clientDataJSON": deep}}, now=now)


def test_every_mutilated_answer_is_refused_and_never_breaks(adam, device, now):
    for name in ("clientDataJSON", "attestationObject"):
        for at in range(0, 200, 7):
            options = passkeys.to_register(adam, site=SITE, now=now)
            answer = device.create(options)
            text = answer["response"][name]
            answer["response"][name] = text[:at] + ("A" if text[at : at + 1] != "A" else "B") + text[at + 1 :]
            try:
                passkeys.register(person=adam, name="X", signed=Signed(answer, SITE), wait=DAY, now=now)
            except Refusal:
                continue
            Passkey.objects.all().delete()


def test_a_new_passkey_counts_after_a_while_or_by_another_admins_word(adam, olga, device, now):
    made = register(adam, device, now=now)
    with pytest.raises(NotAllowed, match="It counts from 2026-01-06 12:00 UTC"):
        challenges.check_counts(made, now=now + DAY - timedelta(seconds=1))
    challenges.check_counts(made, now=now + DAY)
    passkeys.confirm(passkey=made, by=olga, now=now)
    made.refresh_from_db()
    challenges.check_counts(made, now=now)
    with pytest.raises(Conflict, match="counts already"):
        passkeys.confirm(passkey=made, by=olga, now=now)


def test_nobody_confirms_their_own_and_no_colleague_does(adam, rita, olga, device, now):
    own = register(olga, Authenticator(), now=now)
    for passkey, by in ((own, olga), (register(adam, device, now=now), rita)):
        with pytest.raises(NotAllowed, match="another admin"):
            passkeys.confirm(passkey=passkey, by=by, now=now)


def test_only_its_person_and_admins_remove_one(adam, rita, olga, device, now):
    made = register(adam, device, now=now)
    with pytest.raises(NotAllowed):
        passkeys.remove(passkey=made, by=rita, now=now)
    passkeys.remove(passkey=made, by=olga, now=now)
    with pytest.raises(Conflict):
        passkeys.remove(passkey=made, by=adam, now=now)
    assert sentence(AuditEvent.objects.latest()) == "olga@example.com removed the passkey “Laptop” of adam@example.com."


def test_what_a_registration_proves_is_in_the_log(adam, device, now):
    made = register(adam, device, now=now)
    event = AuditEvent.objects.get(type="passkey.registered")
    assert event.person_id == adam.pk
    assert event.data["credential"] == made.credential
    assert event.data["counts_from"] == "2026-01-06T12:00:00+00:00"
    assert event.data["statement"]["person_id"] == adam.pk
    assert json.loads(json.dumps(event.data)) == event.data


def test_each_change_is_told_to_its_person_and_the_admins():
    assert {"passkey.registered", "passkey.confirmed", "passkey.removed"} <= set(RULES)


@pytest.mark.parametrize("name", ["", "  ", "a" * 101, "a\x00b", "a\nb"])
def test_a_name_that_is_none_is_refused(adam, device, now, name):
    with pytest.raises(Invalid):
        register(adam, device, now=now, name=name)


def test_one_passkey_is_one_persons(adam, rita, device, now):
    register(adam, device, now=now)
    with pytest.raises(Conflict, match="registered already"):
        register(rita, device, now=now)


def test_bots_and_people_who_left_have_none(adam, device, now):
    bot = factories.person("bot", is_bot=True)
    with pytest.raises(NotAllowed):
        register(bot, device, now=now)
    options = passkeys.to_register(adam, site=SITE, now=now)
    adam.is_active = False
    adam.save()
    with pytest.raises(NotAllowed):
        passkeys.register(person=adam, name="X", signed=Signed(device.create(options), SITE), wait=DAY, now=now)


def test_open_challenges_of_a_person_are_few(adam, now):
    for _ in range(challenges.MOST + 5):
        challenges.ask(adam, PURPOSE.TOUCH, {}, site=SITE, now=now)
    assert Challenge.objects.count() == challenges.MOST
    challenges.ask(adam, PURPOSE.TOUCH, {}, site=SITE, now=now + DAY)
    assert Challenge.objects.count() == 1


def test_an_ed25519_key_is_registered_and_signs(adam, now):
    device = Authenticator(edwards=True)
    made = register(adam, device, now=now)
    assert answered(adam, device.get(options_to_sign(adam, now=now)), now=now).passkey == made
    with pytest.raises(Refusal):
        answered(adam, device.get(options_to_sign(adam, now=now), signature=bytes(64)), now=now)


def test_its_owner_renames_one_and_the_log_says_so(adam, olga, device, now):
    made = register(adam, device, now=now)
    passkeys.rename(passkey=made, name=" Work phone ", by=adam, now=now)
    assert passkeys.of(adam)[0].name == "Work phone"
    event = AuditEvent.objects.get(type="passkey.renamed")
    assert sentence(event) == "adam@example.com renamed their passkey “Laptop”: it is “Work phone” now."
    passkeys.rename(passkey=made, name="Work phone", by=adam, now=now)
    assert AuditEvent.objects.filter(type="passkey.renamed").count() == 1
    with pytest.raises(NotAllowed):
        passkeys.rename(passkey=made, name="Mine", by=olga, now=now)
    for wrong in (" ", "x" * 101, "a\nb"):
        with pytest.raises(Invalid):
            passkeys.rename(passkey=made, name=wrong, by=adam, now=now)


def test_what_waits_for_an_admins_word_is_of_others_who_can_sign_in(adam, rita, jon, olga, now):
    new = register(adam, Authenticator(), now=now)
    register(olga, Authenticator(), now=now)
    register(jon, Authenticator(), now=now)
    register(rita, Authenticator(), now=now - 2 * DAY)  # counts by now
    jon.is_active = False
    jon.save()
    assert passkeys.waiting(olga, now=now) == [new]
    assert passkeys.waiting(adam, now=now) == []
    passkeys.confirm(passkey=new, by=olga, now=now)
    assert passkeys.waiting(olga, now=now) == []
