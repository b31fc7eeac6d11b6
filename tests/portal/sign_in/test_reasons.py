"""Each refusal has its own reason in both logs, with whom it was about and what to do; keys of every kind are taken."""

import logging
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from django.urls import reverse

from access.models import AuditEvent, User
from portal.sign_in.reasons import REASONS
from tests import factories, source
from tests.portal.sign_in import saml_idp, stand_in
from tests.portal.sign_in.test_saml import post
from tests.portal.sign_in.ways import Way, person_in, refusal

pytestmark = pytest.mark.django_db
KEYS: dict[str, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey] = {
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


@pytest.fixture
def way(configured, provider, client):
    way = Way("oidc", provider, client)
    way.knows(1, "jon@example.com")
    return way


def publish(monkeypatch, provider, *, signs="RS256", publishes=None, names_kind=True, kid="1", header=None):
    """Let the provider publish keys of these kinds, and sign with one."""
    published = publishes or list(KEYS)
    rows = []
    for name in published:
        public = jwt.get_algorithm_by_name(name).to_jwk(KEYS[name].public_key(), as_dict=True)
        rows.append({**public, "kid": f"{kid}-{name}", **({"alg": name, "use": "sig"} if names_kind else {})})

    def id_token(begun):
        now = int(time.time())
        right = {
            "iss": provider.address,
            "aud": begun["client_id"],
            "nonce": begun["nonce"],
            "iat": now,
            "exp": now + 300,
        }
        claims = {**right, **provider.signed}
        return jwt.encode(claims, KEYS[signs], algorithm=signs, headers={"kid": f"1-{signs}", **(header or {})})

    answer = stand_in.StandIn.answer
    monkeypatch.setattr(provider, "id_token", id_token, raising=False)
    monkeypatch.setattr(
        stand_in.StandIn, "answer",
        lambda self, request: stand_in.json({"keys": rows}) if request.path == "/jwks" else answer(self, request),
    )  # fmt: skip


@pytest.mark.parametrize("names_kind", [True, False])
@pytest.mark.parametrize("signs", KEYS)
def test_keys_of_every_kind_are_taken_beside_each_other(monkeypatch, way, signs, names_kind, jon):
    publish(monkeypatch, way.provider, signs=signs, names_kind=names_kind)
    way.sign_in()
    assert person_in(way.client) == jon


def test_a_key_that_is_not_published_and_a_kind_that_is_not_accepted(monkeypatch, way, caplog):
    publish(monkeypatch, way.provider, signs="ES256", publishes=["RS256"], header={"kid": "unknown"})
    assert_reason(way, caplog, "key")


def test_a_secret_is_no_key(monkeypatch, way, caplog):
    publish(monkeypatch, way.provider)
    secret = {"typ": "JWT"}
    monkeypatch.setattr(
        way.provider, "id_token",
        lambda begun: jwt.encode({"sub": "1", "email": "jon@example.com"}, "x" * 32, algorithm="HS256", headers=secret),
    )  # fmt: skip
    assert_reason(way, caplog, "algorithm")


def assert_reason(way, caplog, code):
    caplog.clear()
    with caplog.at_level(logging.WARNING, "portal.sign_in.login"):
        refusal(way.client, way.sign_in())
    [line] = [one.getMessage() for one in caplog.records if one.name == "portal.sign_in.login"]
    assert f": {code}." in line, line
    assert str(REASONS[code].todo) in line
    event = AuditEvent.objects.get(type="sign_in.failed")
    assert (event.data["reason"], event.data["text"]) == (code, str(REASONS[code]))
    return line, event


@pytest.mark.parametrize(
    ("signed", "code"),
    [
        ({"aud": "another"}, "audience"),
        ({"iss": "https://other.example"}, "issuer"),
        ({"nonce": "made-up"}, "replayed"),
        ({"exp": 10}, "expired"),
        ({"iat": int(time.time()) + 3000, "nbf": int(time.time()) + 3000}, "skew"),
        ({"iat": int(time.time()) - 3000}, "expired"),
        ({"sub": None}, "no subject"),
    ],
)
def test_each_claim_that_is_wrong_has_a_reason(way, caplog, jon, signed, code):
    way.provider.signed |= {"email": "jon@example.com", **signed}
    line, event = assert_reason(way, caplog, code)
    assert "jon@example.com" in line
    assert event.subject == "person:jon@example.com"


def test_a_signature_with_another_key_has_one(way, caplog):
    way.provider.signs_with = KEYS["RS256"]
    assert_reason(way, caplog, "signature")


@pytest.mark.parametrize(
    ("email", "verified", "code"),
    [
        ("jon@example.com", False, "not verified"),
        ("", True, "no e-mail"),
        ("jon@example.org", True, "domain"),
        ("ſam@example.com", True, "unusable e-mail"),
    ],
)
def test_so_has_each_e_mail(way, caplog, email, verified, code):
    way.knows(1, email, verified=verified)
    assert_reason(way, caplog, code)


def test_who_is_switched_off_is_named(way, caplog, jon):
    User.objects.filter(pk=jon.pk).update(is_active=False)
    _line, event = assert_reason(way, caplog, "switched off")
    assert event.subject == "person:jon@example.com"


def test_the_documents_name_each_reason():
    told = (source.ROOT / "docs/sign-in.md").read_text()
    assert [code for code in REASONS if f"`{code}`" not in told] == []


# SAML


@pytest.fixture(scope="module")
def pair():
    return saml_idp.key_and_certificate()


@pytest.fixture
def idp(settings, monkeypatch, pair):
    idp = saml_idp.Idp(attributes={"email": ["jon@example.com"]}, pair=pair, subject="jon@example.com")
    saml_idp.configure(settings, monkeypatch, idp)
    return idp


@pytest.mark.parametrize(
    ("bent", "code"),
    [
        ({"audience": "https://other.example"}, "audience"),
        ({"destination": "https://other.example/done/"}, "recipient"),
        ({"confirmation": {"Recipient": "https://other.example/done/"}}, "recipient"),
        ({"issuer": "https://other.example"}, "issuer"),
        ({"signed": False}, "unsigned"),
        ({"pair": saml_idp.key_and_certificate()}, "key"),
        ({"until": saml_idp.at(-400), "confirmation": {"NotOnOrAfter": saml_idp.at(-400)}}, "expired"),
        ({"not_before": saml_idp.at(4000)}, "skew"),
        ({"in_response_to": "_other"}, "replayed"),
        ({"status": "urn:oasis:names:tc:SAML:2.0:status:Responder"}, "status"),
        ({"format": saml_idp.TRANSIENT}, "no lasting name"),
    ],
)
def test_each_part_of_an_assertion_that_is_wrong_has_a_reason(client, idp, caplog, jon, bent, code):
    idp.bent = bent
    begun = client.post(reverse("social:begin", args=["saml"]))["Location"]
    with caplog.at_level(logging.WARNING, "portal.sign_in.login"):
        refusal(client, post(client, idp.answer(begun)))
    event = AuditEvent.objects.get(type="sign_in.failed")
    assert event.data["reason"] == code
    assert "jon@example.com" in caplog.text


def test_a_lasting_name_is_asked_for(client, idp, settings):
    def asked():
        import base64
        import zlib
        from urllib.parse import parse_qs, urlsplit

        begun = client.post(reverse("social:begin", args=["saml"]))["Location"]
        sent = parse_qs(urlsplit(begun).query)["SAMLRequest"][0]
        return zlib.decompress(base64.b64decode(sent), -15).decode()

    assert f'Format="{saml_idp.PERSISTENT}"' in asked()
    assert saml_idp.PERSISTENT in client.get("/sso/saml/metadata/").content.decode()
    settings.SAML_NAME_ID_FORMAT = "unspecified"
    assert saml_idp.PERSISTENT not in asked()


# Test sign-in


@pytest.fixture
def olga_in(client):
    olga = factories.admin()
    client.force_login(olga)
    return olga


def try_out(way):
    import requests as http

    begun = way.client.post("/setup/sign-in/oidc/")
    agreed = http.get(begun["Location"], allow_redirects=False, timeout=5)
    return way.client.get(agreed.headers["Location"].partition("testserver")[2])


def test_an_admin_reads_what_came_and_nobody_is_signed_in_or_matched(way, olga_in):
    way.knows(7, "nina@example.com")
    way.provider.signed["department"] = "Platform"
    page = try_out(way)
    text = page.content.decode()
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    for said in (
        "nina@example.com",
        "Nina Berg",
        "department",
        "Platform",
        "email_verified",
        "answered as it should be",
    ):
        assert said in text
    assert stand_in.ACCESS_TOKEN not in text
    assert stand_in.CLIENT_SECRET not in text
    assert person_in(way.client) == olga_in
    assert not User.objects.filter(email="nina@example.com").exists()
    assert not AuditEvent.objects.filter(type="person.matched").exists()


def test_what_would_be_refused_says_why_and_what_to_do(way, olga_in):
    way.knows(7, "nina@example.org")
    assert "ALLOWED_EMAIL_DOMAINS" in try_out(way).content.decode()
    way.provider.signed["aud"] = "another"
    page = way.client.get(try_out(way)["Location"], follow=True).content.decode()
    assert "Compare the client id" in page


def test_it_is_for_admins_alone_and_once(way, olga_in, jon):
    try_out(way)
    way.client.force_login(jon)
    assert way.client.get("/setup/sign-in/").status_code == 403
    assert way.client.post("/setup/sign-in/oidc/").status_code == 403
    way.client.logout()
    way.knows(1, "jon@example.com")
    way.sign_in()
    assert person_in(way.client) == jon
