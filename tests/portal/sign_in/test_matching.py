"""Whose account it is: the same table for each way to sign in with a provider."""

import logging
import time
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.urls import reverse
from social_django.models import UserSocialAuth

from access.models import AuditEvent, User
from portal.sign_in.providers import verified_email
from tests.portal.sign_in.ways import CLASSES, Way, person_in, refusal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("configured")]

NOT_VERIFIED = "does not say that your e-mail address is verified"
UNUSABLE = "names an e-mail address that can't be used here"
DOMAIN = "may not sign in here"
DID_NOT_WORK = "did not work"


def test_somebody_new_joins_without_rights(way):
    way.knows(1, "Nina@Example.com")
    assert way.sign_in()["Location"] == "/ask/"
    nina = person_in(way.client)
    assert (nina.email, nina.name, nina.has_usable_password()) == ("nina@example.com", "Nina Berg", False)
    assert (nina.is_staff, nina.is_superuser, nina.is_auditor) == (False, False, False)
    types = list(AuditEvent.objects.order_by("pk").values_list("type", flat=True))
    assert types == ["person.joined", "person.matched", "person.signed_in"]
    assert AuditEvent.objects.get(type="person.signed_in").data["way"] == CLASSES[way.name]


@pytest.mark.parametrize("email", ["jon@example.com", "JON@Example.COM", " jon@example.com ", "jon@example.com\t"])
def test_a_known_person_is_matched_by_the_email_in_any_case(way, jon, email):
    way.knows(1, email)
    way.sign_in()
    assert person_in(way.client) == jon


@pytest.mark.parametrize(
    "email",
    [
        '"sam"@example.com',
        "ſam@example.com",
        "sam@example.com\u200b",
        "ѕam@example.com",
        "sam@exаmple.com",
        "sam@ｅxample.com",
    ],
)
def test_an_email_that_only_looks_the_same_is_refused(way, email):
    User.objects.create_user("sam@example.com")
    way.knows(1, email)
    assert UNUSABLE in refusal(way.client, way.sign_in())
    assert User.objects.count() == 1


@pytest.mark.parametrize("name", ["Nina\0Berg", "Nina\ud800Berg"])
def test_a_name_that_can_t_be_kept_is_shown_with_another_sign(way, name):
    way.knows(1, "nina@example.com", name=name)
    assert way.sign_in()["Location"] == "/ask/"
    assert person_in(way.client).name == "Nina\ufffdBerg"


@pytest.mark.parametrize("skew", [-55, 55])
def test_a_clock_may_be_a_minute_off(provider, client, skew):
    now, way = int(time.time()), Way("oidc", provider, client)
    way.knows(1, "nina@example.com")
    provider.signed |= {"iat": now + skew, "nbf": now + skew, "exp": now + skew + 30}
    assert way.sign_in()["Location"] == "/ask/"


@pytest.mark.parametrize("skew", [-90, 90])
def test_beyond_that_the_sentence_names_the_clock(provider, client, skew):
    now, way = int(time.time()), Way("oidc", provider, client)
    way.knows(1, "nina@example.com")
    provider.signed |= {"iat": now + skew, "nbf": now + skew, "exp": now + skew + 1}
    assert "The clocks of this portal and of your sign-in provider differ" in refusal(client, way.sign_in())


def test_a_subject_that_can_t_be_kept_is_refused(way):
    way.knows("1\0", "nina@example.com")
    assert DID_NOT_WORK in refusal(way.client, way.sign_in())


@pytest.mark.parametrize(
    "onward", ["requests", "ask", "//evil.example/", "/\\evil.example", "https://evil.example/", "\0"]
)
def test_it_goes_on_to_pages_of_ours_alone(way, onward):
    way.knows(1, "nina@example.com")
    answer = way.client.get(f"{way.back(onward)}&next={quote(onward)}")
    assert answer["Location"].partition("?")[0] == "/"


@pytest.mark.parametrize("email", ["jon", "jon@", "@example.com", "jon example@example.com", "a@b@example.com"])
def test_an_email_that_is_none_is_refused_in_words(way, email):
    way.knows(1, email)
    assert UNUSABLE in refusal(way.client, way.sign_in())


def test_an_unverified_email_is_refused(way, jon):
    way.knows(1, "jon@example.com", verified=False)
    assert NOT_VERIFIED in refusal(way.client, way.sign_in())
    assert not UserSocialAuth.objects.exists()


def test_no_email_is_refused(way):
    way.knows(1, "")
    assert NOT_VERIFIED in refusal(way.client, way.sign_in())


@pytest.mark.parametrize("email", ["jon@example.org", "jon@sub.example.com", "jon@notexample.com"])
def test_a_foreign_domain_is_refused(way, email):
    way.knows(1, email)
    assert DOMAIN in refusal(way.client, way.sign_in())
    assert not User.objects.exists()


def test_a_changed_email_moves_nothing(way, jon, adam):
    way.knows(1, "jon@example.com")
    way.sign_in()
    way.client.logout()
    way.knows(1, "adam@example.com")
    way.sign_in()
    assert person_in(way.client) == jon


def test_a_second_subject_with_the_same_email_is_refused(way, jon):
    way.knows(1, "jon@example.com")
    way.sign_in()
    way.client.logout()
    way.knows(2, "jon@example.com")
    assert "belongs to another sign-in" in refusal(way.client, way.sign_in())


def test_a_bot_never_signs_in_before_and_after_the_match(way, jon):
    User.objects.filter(pk=jon.pk).update(is_bot=True)
    way.knows(1, "jon@example.com")
    assert "switched off" in refusal(way.client, way.sign_in())
    User.objects.filter(pk=jon.pk).update(is_bot=False)
    way.sign_in()
    way.client.logout()
    User.objects.filter(pk=jon.pk).update(is_bot=True)
    assert "switched off" in refusal(way.client, way.sign_in())


def test_somebody_switched_off_is_refused_before_and_after_the_match(way, jon):
    User.objects.filter(pk=jon.pk).update(is_active=False)
    way.knows(1, "jon@example.com")
    assert "switched off" in refusal(way.client, way.sign_in())
    User.objects.filter(pk=jon.pk).update(is_active=True)
    way.sign_in()
    way.client.logout()
    User.objects.filter(pk=jon.pk).update(is_active=False)
    assert "switched off" in refusal(way.client, way.sign_in())


def test_the_same_subject_of_another_provider_is_somebody_else(way, jon, settings):
    way.knows(1, "jon@example.com")
    way.sign_in()
    [known] = UserSocialAuth.objects.all()
    assert known.uid == f"{way.provider.address} 1"
    known.uid = "https://former.example 1"
    known.save()
    way.client.logout()
    way.knows(1, "nina@example.com")
    way.sign_in()
    assert person_in(way.client).email == "nina@example.com"


def test_two_ways_lead_to_one_account(provider, client, jon):
    for name in CLASSES:
        way = Way(name, provider, client)
        way.knows(1, "jon@example.com")
        way.sign_in()
        assert person_in(client) == jon
        client.logout()
    assert UserSocialAuth.objects.filter(user=jon).count() == len(CLASSES)


@pytest.mark.parametrize("query", ["state=made-up", "state=", "code=made-up", "", "error=server_error"])
def test_a_wrong_state_is_refused(way, jon, query):
    way.knows(1, "jon@example.com")
    code = way.back().partition("code=")[2].partition("&")[0]
    answer = way.client.get(reverse("social:complete", args=[way.name]) + f"?code={code}&{query}")
    assert refusal(way.client, answer)
    assert "/token" not in way.provider.asked
    assert not UserSocialAuth.objects.exists()


def test_an_answer_is_taken_once(way):
    way.knows(1, "nina@example.com")
    back = way.back()
    way.client.get(back)
    way.client.logout()
    assert refusal(way.client, way.client.get(back))


def test_another_browser_cannot_complete(way, jon):
    way.knows(1, "jon@example.com")
    back = way.back()
    way.client.cookies.clear()
    assert "started in another window" in refusal(way.client, way.client.get(back))


@pytest.mark.parametrize("name", ["oidc", "google"])
@pytest.mark.parametrize(
    "signed",
    [
        {"aud": "somebody-else"},
        {"aud": ["usher", "somebody-else"]},
        {"aud": ["usher", "somebody-else"], "azp": "somebody-else"},
        {"aud": None},
        {"iss": "https://elsewhere.example"},
        {"nonce": "made-up"},
        {"nonce": None},
        {"sub": "another-subject"},
        {"sub": None},
    ],
)
def test_a_token_that_is_not_for_us_is_refused(provider, client, jon, name, signed):
    way = Way(name, provider, client)
    way.knows(1, "jon@example.com")
    provider.signed |= signed
    assert DID_NOT_WORK in refusal(client, way.sign_in())
    assert not UserSocialAuth.objects.exists()


@pytest.mark.parametrize("name", ["oidc", "google"])
def test_a_token_signed_by_somebody_else_is_refused(provider, client, jon, name):
    way = Way(name, provider, client)
    way.knows(1, "jon@example.com")
    provider.signs_with = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert DID_NOT_WORK in refusal(client, way.sign_in())


@pytest.mark.parametrize("name", ["oidc", "google"])
@pytest.mark.parametrize("userinfo", [{"sub": "2"}, {"sub": None}, {}])
def test_what_is_said_of_another_subject_is_refused(provider, client, jon, name, userinfo):
    way = Way(name, provider, client)
    way.knows(1, "jon@example.com")
    provider.userinfo = {"email": "jon@example.com", "email_verified": True, **userinfo}
    assert DID_NOT_WORK in refusal(client, way.sign_in())


def test_nothing_of_the_provider_is_kept_or_logged(way, caplog):
    caplog.set_level(logging.DEBUG)
    way.knows(1, "nina@example.com")
    way.sign_in()
    way.client.logout()
    way.knows(2, "nina@example.com")
    refusal(way.client, way.sign_in())
    assert "that-nobody-may-see" not in "\n".join(r.getMessage() for r in caplog.records if "werkzeug" not in r.name)
    assert [one.extra_data for one in UserSocialAuth.objects.all()] == [{}]


TENANT = "https://login.microsoftonline.com/a-directory/v2.0"


@pytest.mark.parametrize(
    ("document", "email"),
    [
        ({"iss": TENANT, "xms_edov": True}, "jon@example.com"),
        ({"iss": TENANT, "xms_edov": "1"}, "jon@example.com"),
        ({"iss": TENANT, "xms_edov": False}, ""),
        ({"iss": TENANT}, ""),
        ({"iss": "https://login.microsoftonline.com.example", "xms_edov": True}, ""),
        ({"iss": "https://login.example", "xms_edov": True}, ""),
    ],
)
def test_of_microsoft_the_owner_of_the_domain_vouches(document, email):
    assert verified_email({"email": "jon@example.com", **document}) == email


def test_what_one_document_denies_another_does_not_say():
    signed = {"email": "jon@example.com", "email_verified": True}
    assert verified_email(signed, unless={"email_verified": False}) == ""
    assert verified_email(signed, unless={"email": "jon@example.com"}) == "jon@example.com"
