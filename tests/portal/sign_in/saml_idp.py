"""A SAML provider for tests, with a key that is made when it starts, and answers that a test can bend."""

import base64
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from social_core.backends import utils
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

ENTITY_ID = "https://idp.example/metadata"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
SHAPE = """<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{assertion_id}" Version="2.0"
 IssueInstant="{now}"><saml:Issuer>{issuer}</saml:Issuer><saml:Subject>
<saml:NameID Format="{format}">{subject}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData{confirmation}/>
</saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{not_before}" NotOnOrAfter="{until}">{audience}</saml:Conditions>
<saml:AuthnStatement AuthnInstant="{now}"><saml:AuthnContext><saml:AuthnContextClassRef>
urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>
{statement}</saml:Assertion>"""
ENVELOPE = """<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
 xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}" Version="2.0" IssueInstant="{now}"
 Destination="{destination}"{in_response_to}><saml:Issuer>{issuer}</saml:Issuer><samlp:Status>
<samlp:StatusCode Value="{status}"/></samlp:Status>{assertion}</samlp:Response>"""
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"


def key_and_certificate() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    signed = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*plain).decode(), signed


@dataclass
class Idp:
    """`bent` replaces parts of the next answer: see `answer`."""

    address: str = ""
    subject: str = "s-1"
    attributes: dict[str, list[str]] = field(default_factory=dict)
    bent: dict[str, Any] = field(default_factory=dict)
    pair: tuple[str, str] = field(default_factory=key_and_certificate)

    def answer(self, begun: str) -> dict[str, str]:
        """The form that the browser posts back, to the request that stands in this address."""
        query = parse_qs(urlsplit(begun).query)
        asked = etree.fromstring(zlib.decompress(base64.b64decode(query["SAMLRequest"][0]), -15))
        response = self.response(asked.get("ID"), asked.get("AssertionConsumerServiceURL"), asked[0].text)
        return {"SAMLResponse": base64.b64encode(response.encode()).decode(), "RelayState": query["RelayState"][0]}

    def response(self, asked: str, home: str, audience: str) -> str:
        bent = self.bent
        confirmation = {"InResponseTo": asked, "Recipient": home, "NotOnOrAfter": at(300)} | bent.get(
            "confirmation", {}
        )
        audience = bent.get("audience", audience)
        issuer = bent.get("issuer", ENTITY_ID)
        assertion = SHAPE.format(
            assertion_id=bent.get("assertion_id", f"_{uuid4().hex}"),
            now=at(0),
            issuer=issuer,
            format=bent.get("format", PERSISTENT),
            subject=escape(self.subject),
            confirmation="".join(f' {name}="{value}"' for name, value in confirmation.items() if value),
            not_before=bent.get("not_before", at(-300)),
            until=bent.get("until", at(300)),
            audience=audience
            and f"<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>",
            statement=statement(self.attributes),
        )
        if bent.get("signed", True):
            pair = bent.get("pair", self.pair)
            assertion = OneLogin_Saml2_Utils.add_sign(assertion, *pair).decode()
        return ENVELOPE.format(
            id=f"_{uuid4().hex}",
            now=at(0),
            destination=bent.get("destination", home),
            in_response_to=f' InResponseTo="{bent.get("in_response_to", asked)}"' if "unasked" not in bent else "",
            issuer=issuer,
            status=bent.get("status", SUCCESS),
            assertion=bent.get("change", lambda text: text)(assertion),
        )

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """For browsers: a page with one button, which posts the answer to the portal."""
        request = Request(environ)
        asked = etree.fromstring(zlib.decompress(base64.b64decode(request.args["SAMLRequest"]), -15))
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">'
            for name, value in self.answer(request.url).items()
        )
        form = f'<form method="post" action="{asked.get("AssertionConsumerServiceURL")}">{fields}<button>Agree</button>'
        return Response(f"<!doctype html><title>IdP</title>{form}</form>", content_type="text/html")(
            environ, start_response
        )


def statement(attributes: dict[str, list[str]]) -> str:
    said = "".join(attribute(name, values) for name, values in attributes.items())
    return said and f"<saml:AttributeStatement>{said}</saml:AttributeStatement>"


def attribute(name: str, values: list[str]) -> str:
    said = "".join(f"<saml:AttributeValue>{escape(value)}</saml:AttributeValue>" for value in values)
    return f'<saml:Attribute Name="{name}">{said}</saml:Attribute>'


def at(seconds: int) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def running(idp: Idp) -> Iterator[None]:
    server = make_server("127.0.0.1", 0, idp, threaded=True)
    idp.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


def configure(settings: Any, monkeypatch: Any, idp: Idp) -> None:
    """Set the portal up as the environment would, with SAML alone."""

    monkeypatch.setattr(utils, "BACKENDSCACHE", {})
    settings.SIGN_IN_WITH = {"saml": "SAML"}
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "portal.sign_in.saml.SAML"]
    settings.ALLOWED_EMAIL_DOMAINS = ["example.com"]
    settings.BASE_URL = "http://testserver"
    origin = idp.address or "https://idp.example"
    settings.LOGIN_CSP_EXTRA = {"form-action": [origin]}
    settings.SOCIAL_AUTH_SAML_ENABLED_IDPS = {
        "saml": {
            "entity_id": ENTITY_ID,
            "url": f"{origin}/sso",
            "x509certMulti": {"signing": [idp.pair[1]]},
            "attr_user_permanent_id": "name_id",
        }
    }
