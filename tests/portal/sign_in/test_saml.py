"""Signing in with SAML: an assertion counts when it is signed, for us, for this browser's sign-in, and new."""

import logging

import pytest
from django.test import Client
from django.urls import reverse
from social_django.models import UserSocialAuth

from access.models import AuditEvent, User
from tests.portal.sign_in import saml_idp
from tests.portal.sign_in.ways import person_in, refusal

pytestmark = pytest.mark.django_db

DONE = "/sso/saml/done/"
DID_NOT_WORK = "did not work"
ANOTHER_WINDOW = "started in another window"


@pytest.fixture(scope="module")
def pair():
    return saml_idp.key_and_certificate()


@pytest.fixture
def idp(settings, monkeypatch, pair):
    idp = saml_idp.Idp(attributes={"email": ["jon@example.com"], "displayName": ["Jon"]}, pair=pair)
    saml_idp.configure(settings, monkeypatch, idp)
    return idp


@pytest.fixture
def begin(client):
    def begin(onward="/ask/"):
        begun = client.post(reverse("social:begin", args=["saml"]), {"next": onward})
        assert begun.status_code == 302
        return begun["Location"]

    return begin


def post(client, form):
    """The provider's page posts without our cookies; the page that answers posts again, with them."""
    bare = Client().post(DONE, form)
    assert bare.status_code == 200
    assert not bare.cookies
    assert "no-store" in bare["Cache-Control"]
    return client.post(DONE, {**form, "psa_saml_browser_return": "1"})


@pytest.fixture
def sign_in(client, idp, begin):
    return lambda: post(client, idp.answer(begin()))


def test_somebody_new_joins_without_rights(client, idp, sign_in):
    idp.attributes = {"email": ["Nina@Example.com"], "fullName": ["Nina Berg"]}
    assert sign_in()["Location"] == "/ask/"
    nina = person_in(client)
    assert (nina.email, nina.name, nina.is_staff, nina.is_superuser) == ("nina@example.com", "Nina Berg", False, False)
    assert AuditEvent.objects.get(type="person.signed_in").data["way"] == "SAML"
    assert UserSocialAuth.objects.get().extra_data == {}


def test_the_first_time_by_the_email_then_by_the_subject(client, idp, sign_in, jon, adam):
    sign_in()
    assert person_in(client) == jon
    client.logout()
    idp.attributes = {"email": ["adam@example.com"]}
    sign_in()
    assert person_in(client) == jon


def test_a_second_subject_with_the_same_email_is_refused(client, idp, sign_in, jon):
    sign_in()
    client.logout()
    idp.subject = "s-2"
    assert "belongs to another sign-in" in refusal(client, sign_in())


def test_the_same_name_at_another_provider_is_somebody_else(client, sign_in, jon):
    sign_in()
    assert UserSocialAuth.objects.get().uid == f"{saml_idp.ENTITY_ID} s-1"


def test_somebody_switched_off_is_refused(client, sign_in, jon):
    User.objects.filter(pk=jon.pk).update(is_active=False)
    assert "switched off" in refusal(client, sign_in())


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({"email": ["jon@example.org"]}, "may not sign in here"),
        ({"email": []}, "does not say"),
        ({}, "does not say"),
        ({"email": ["jon@example.com", "adam@example.com"]}, "does not say"),
        ({"email": ["ſam@example.com"]}, "can't be used here"),
    ],
)
def test_only_one_plain_email_of_a_domain_of_ours_counts(client, idp, sign_in, jon, attributes, sentence):
    idp.attributes = attributes
    assert sentence in refusal(client, sign_in())
    assert not UserSocialAuth.objects.exists()


def test_without_a_list_of_domains_nobody_is_believed(client, sign_in, jon, settings):
    settings.ALLOWED_EMAIL_DOMAINS = []
    assert "does not say" in refusal(client, sign_in())


def test_the_attributes_can_be_named(client, idp, sign_in, jon, settings):
    settings.SAML_EMAIL_ATTRIBUTE = "workMail"
    settings.SOCIAL_AUTH_SAML_ENABLED_IDPS["saml"]["attr_user_permanent_id"] = "employee"
    idp.attributes = {"email": ["adam@example.com"], "workMail": ["jon@example.com"], "employee": ["77"]}
    sign_in()
    assert person_in(client) == jon
    assert UserSocialAuth.objects.get().uid == f"{saml_idp.ENTITY_ID} 77"


def moved(text):
    """The signed assertion stays, and another one is put before it."""
    forged = text.replace("jon@example.com", "adam@example.com").replace('ID="_', 'ID="_forged')
    return forged + text


@pytest.mark.parametrize(
    "bent",
    [
        {"signed": False},
        {"pair": saml_idp.key_and_certificate()},
        {"change": lambda text: text.replace("jon@example.com", "adam@example.com")},
        {"change": moved},
        {"change": lambda text: ""},
        {"audience": "https://elsewhere.example"},
        {"audience": ""},
        {"issuer": "https://elsewhere.example"},
        {"destination": "https://elsewhere.example/sso/saml/done/"},
        {"confirmation": {"Recipient": "https://elsewhere.example/sso/saml/done/"}},
        {"confirmation": {"Recipient": "http://testserver/sso/saml/done/more/"}},
        {"confirmation": {"Recipient": ""}},
        {"confirmation": {"NotOnOrAfter": ""}},
        {"confirmation": {"InResponseTo": "_another"}},
        {"confirmation": {"InResponseTo": ""}},
        {"in_response_to": "_another"},
        {"status": "urn:oasis:names:tc:SAML:2.0:status:Responder"},
    ],
)
def test_an_assertion_that_is_not_for_us_is_refused(client, idp, sign_in, jon, adam, bent):
    idp.bent = bent
    assert DID_NOT_WORK in refusal(client, sign_in())
    assert not UserSocialAuth.objects.exists()


def test_an_answer_that_nobody_asked_for_is_refused(client, idp, sign_in, jon):
    idp.bent = {"unasked": True, "confirmation": {"InResponseTo": ""}}
    assert refusal(client, sign_in())


def test_an_answer_of_an_earlier_sign_in_is_refused(client, idp, begin, jon):
    form = idp.answer(begin())
    begin()
    assert refusal(client, post(client, form))


def test_an_assertion_is_taken_once(client, idp, begin, jon):
    form = idp.answer(begin())
    asked = client.session["saml_saml_authn_request_id"]
    post(client, form)
    assert person_in(client) == jon
    client.logout()
    assert ANOTHER_WINDOW in refusal(client, post(client, form))
    session = client.session
    session["saml_saml_authn_request_id"] = asked
    session.save()
    assert ANOTHER_WINDOW in refusal(client, post(client, form))


def test_another_browser_cannot_complete(idp, begin, jon):
    form = idp.answer(begin())
    other = Client()
    assert ANOTHER_WINDOW in refusal(other, post(other, form))


@pytest.mark.parametrize(
    "junk", ["", "junk", "PGE+", "PGE+PC9hPg==", "%00", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"]
)
def test_junk_is_refused_in_words(client, begin, idp, junk):
    begin()
    assert DID_NOT_WORK in refusal(client, post(client, {"SAMLResponse": junk, "RelayState": '{"idp": "saml"}'}))


@pytest.mark.parametrize("state", ["[]", "{}", '{"idp": "other"}', "null", "\x00", '{"idp": ["saml"]}'])
def test_a_relay_state_of_somebody_elses_making_is_refused(client, idp, begin, jon, state):
    form = {**idp.answer(begin()), "RelayState": state}
    assert refusal(client, post(client, form))


def test_a_relay_state_leads_nowhere_else(client, idp, begin, jon):
    form = {**idp.answer(begin()), "RelayState": '{"idp": "saml", "next": "https://elsewhere.example/"}'}
    assert post(client, form)["Location"] == reverse("home")


def test_nobody_is_known_by_a_name_that_changes_each_time(client, idp, sign_in, jon):
    idp.bent = {"format": saml_idp.TRANSIENT}
    assert "names you differently each time" in refusal(client, sign_in())


def test_nothing_of_the_assertion_is_logged(client, idp, sign_in, jon, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    sign_in()
    client.logout()
    idp.bent = {"audience": "https://elsewhere.example"}
    refusal(client, sign_in())
    written = caplog.text + "".join(capsys.readouterr())
    assert "Assertion" not in written
    assert "SignatureValue" not in written


def test_the_metadata_names_the_address_to_post_to(client, idp, settings):
    page = client.get(reverse("saml-metadata"))
    text = page.content.decode()
    assert page.status_code == 200
    assert 'entityID="http://testserver/sso/saml/metadata/"' in text
    assert 'Location="http://testserver/sso/saml/done/"' in text
    assert 'WantAssertionsSigned="true"' in text
    assert client.post(reverse("saml-metadata")).status_code == 405


def test_without_saml_there_is_no_metadata(client, settings):
    settings.SIGN_IN_WITH = {}
    assert client.get(reverse("saml-metadata")).status_code == 404


def test_with_a_key_of_ours_requests_are_signed(idp, begin, settings):
    settings.SAML_SP_KEY, settings.SAML_SP_CERTIFICATE = saml_idp.key_and_certificate()
    assert "Signature=" in begin()
