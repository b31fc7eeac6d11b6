"""Around a signed SAML assertion stands what anybody can write: it says nothing of whom the assertion is for."""

import base64
import re

import pytest
from django.test import Client
from django.urls import reverse
from social_django.models import UserSocialAuth

from tests.portal.sign_in import saml_idp
from tests.portal.sign_in.test_saml import begin, idp, pair, post  # noqa: F401  fixtures
from tests.portal.sign_in.ways import person_in, refusal

pytestmark = pytest.mark.django_db
AUDIENCE = """<saml:Conditions><saml:AudienceRestriction><saml:Audience>http://testserver/sso/saml/metadata/</saml:Audience>
</saml:AudienceRestriction></saml:Conditions>"""
CONFIRMATION = """<saml:Subject><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
<saml:SubjectConfirmationData Recipient="http://testserver/sso/saml/done/" InResponseTo="{asked}"
 NotOnOrAfter="{until}"/>
</saml:SubjectConfirmation></saml:Subject>"""
ASSERTION, SIGNATURE = "<saml:Assertion.*</saml:Assertion>", "<ds:Signature.*</ds:Signature>"


def bent(form, change):
    document = base64.b64decode(form["SAMLResponse"]).decode()
    assert change(document) != document
    return {**form, "SAMLResponse": base64.b64encode(change(document).encode()).decode()}


def beside(part):
    """A part of the envelope of which the standard says that anything may stand in it."""
    extension = f'<samlp:Extensions><any xmlns="urn:any">{part}</any></samlp:Extensions><samlp:Status>'
    return lambda document: document.replace("<samlp:Status>", extension, 1)


@pytest.mark.parametrize(
    "missing",
    [
        {"audience": ""},
        {"confirmation": {"Recipient": ""}},
        {"confirmation": {"NotOnOrAfter": ""}},
        {"confirmation": {"InResponseTo": ""}},
        {"audience": "", "confirmation": {"Recipient": "", "InResponseTo": "", "NotOnOrAfter": ""}},
    ],
)
def test_what_the_assertion_does_not_say_nothing_beside_it_says(client, idp, begin, jon, missing):  # noqa: F811
    idp.bent = missing
    begun = begin()
    asked = client.session["saml_saml_authn_request_id"]
    said = AUDIENCE + CONFIRMATION.format(asked=asked, until=saml_idp.at(3000))
    refusal(client, post(client, bent(idp.answer(begun), beside(said))))
    assert not UserSocialAuth.objects.exists()


@pytest.mark.parametrize("confirmed", [{}, {"InResponseTo": ""}])
def test_an_assertion_of_another_browser_or_of_a_tile_is_not_readdressed(client, idp, begin, jon, confirmed):  # noqa: F811
    idp.bent = {"confirmation": confirmed}
    form = idp.answer(Client().post(reverse("social:begin", args=["saml"])).headers["Location"])
    begin()
    asked = client.session["saml_saml_authn_request_id"]
    readdressed = bent(form, lambda text: re.sub('InResponseTo="[^"]*"', f'InResponseTo="{asked}"', text, count=1))
    refusal(client, post(client, readdressed))
    unaddressed = bent(form, lambda text: re.sub(' InResponseTo="[^"]*"', "", text, count=1))
    refusal(client, post(client, unaddressed))
    assert not UserSocialAuth.objects.exists()


def in_its_signature(document):
    [signed] = re.findall(ASSERTION, document, re.DOTALL)
    wrapped = f"<ds:Object>{signed}</ds:Object></ds:Signature>"
    return document.replace(signed, forged(signed).replace("</ds:Signature>", wrapped, 1))


def in_its_advice(document):
    [signed] = re.findall(ASSERTION, document, re.DOTALL)
    bare = re.sub(SIGNATURE, "", forged(signed), flags=re.DOTALL).replace('ID="_', 'ID="_other', 1)
    return document.replace(
        signed, bare.replace("</saml:Conditions>", f"</saml:Conditions><saml:Advice>{signed}</saml:Advice>")
    )


def in_an_extension(document):
    [signed] = re.findall(ASSERTION, document, re.DOTALL)
    return beside(signed)(document.replace(signed, forged(signed)))


def forged(signed):
    return signed.replace("jon@example.com", "adam@example.com")


@pytest.mark.parametrize("wrap", [in_its_signature, in_its_advice, in_an_extension])
def test_a_signed_assertion_within_another_signs_nobody_in(client, idp, begin, jon, adam, wrap):  # noqa: F811
    refusal(client, post(client, bent(idp.answer(begin()), wrap)))


def test_a_comment_cuts_nothing_off(client, idp, begin, jon, adam):  # noqa: F811
    """A signature does not cover comments: put into a name, one could make it another's."""
    idp.subject, idp.attributes = "s-12", {"email": ["jon@example.com"]}
    post(client, bent(idp.answer(begin()), lambda document: document.replace(">s-12<", ">s-1<!---->2<")))
    assert person_in(client) == jon
    assert UserSocialAuth.objects.get().uid == f"{saml_idp.ENTITY_ID} s-12"
    client.logout()
    idp.subject, idp.attributes = "s-13", {"email": ["adam@example.com.elsewhere.example"]}
    cut = bent(idp.answer(begin()), lambda document: document.replace("adam@example.com.", "adam@example.com<!---->."))
    assert "may not sign in here" in refusal(client, post(client, cut))
