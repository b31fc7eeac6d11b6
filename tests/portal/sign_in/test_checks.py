"""The system checks of signing in: a provider set up by half, and a portal that lets in nobody, or everybody."""

import pytest

from portal.sign_in import checks as sign_in_checks
from tests.portal.sign_in import saml_idp

NOTHING = {
    **{name: "" for names in sign_in_checks.BELONG_TOGETHER.values() for name in names},
    **dict.fromkeys(sign_in_checks.OUR_SAML_KEY, ""),
    "SAML_IS_INSTALLED": True,
    "LOCAL_ACCOUNTS": True,
    "ALLOWED_EMAIL_DOMAINS": ["example.com"],
    "GOOGLE_HOSTED_DOMAINS": [],
    "GITHUB_ORG": "",
    "GITHUB_TEAM": "",
}
OIDC = {"OIDC_ENDPOINT": "https://login.example.com", "OIDC_CLIENT_ID": "usher", "OIDC_CLIENT_SECRET": "hush"}
GOOGLE = {"GOOGLE_CLIENT_ID": "usher", "GOOGLE_CLIENT_SECRET": "hush"}
GITHUB = {"GITHUB_CLIENT_ID": "usher", "GITHUB_CLIENT_SECRET": "hush"}
KEY, CERTIFICATE = saml_idp.key_and_certificate()
SAML = {
    "SAML_ENTITY_ID": "https://idp.example",
    "SAML_SSO_URL": "https://idp.example/sso?id=7",
    "SAML_CERTIFICATE": CERTIFICATE,
}
BARE = {"SAML_CERTIFICATE": "".join(CERTIFICATE.split("-----")[2].split())}
ANY_DOMAIN: dict[str, list[str]] = {"ALLOWED_EMAIL_DOMAINS": []}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        (OIDC | GOOGLE | GITHUB, []),
        (OIDC | {"OIDC_CLIENT_SECRET": ""}, ["usher.E007"]),
        ({"GOOGLE_CLIENT_ID": "usher"}, ["usher.E007"]),
        ({"GITHUB_CLIENT_SECRET": "hush"}, ["usher.E007"]),
        (GITHUB | {"GITHUB_TEAM": "on-call"}, ["usher.E020"]),
        (GITHUB | {"GITHUB_TEAM": "on-call", "GITHUB_ORG": "acme"}, []),
        (OIDC | ANY_DOMAIN, ["usher.W002"]),
        (GOOGLE | ANY_DOMAIN, ["usher.E021"]),
        (GOOGLE | ANY_DOMAIN | {"GOOGLE_HOSTED_DOMAINS": ["example.com"]}, []),
        (GITHUB | ANY_DOMAIN, ["usher.E021"]),
        (GITHUB | ANY_DOMAIN | {"GITHUB_ORG": "acme"}, []),
        ({"LOCAL_ACCOUNTS": False}, ["usher.E022"]),
        ({"LOCAL_ACCOUNTS": False, "OIDC_ENDPOINT": "https://login.example.com"}, ["usher.E007", "usher.E022"]),
        (OIDC | {"LOCAL_ACCOUNTS": False}, []),
        (GITHUB | {"LOCAL_ACCOUNTS": False}, []),
        (SAML | {"LOCAL_ACCOUNTS": False}, []),
        (SAML | BARE, []),
        (SAML | {"SAML_CERTIFICATE": CERTIFICATE + CERTIFICATE}, []),
        (SAML | {"SAML_SP_CERTIFICATE": CERTIFICATE, "SAML_SP_KEY": KEY}, []),
        (SAML | {"SAML_SP_KEY": KEY}, ["usher.E007"]),
        (SAML | {"SAML_SSO_URL": ""}, ["usher.E007"]),
        (SAML | ANY_DOMAIN, ["usher.E024"]),
        (SAML | {"SAML_IS_INSTALLED": False}, ["usher.E023"]),
        (SAML | {"SAML_IS_INSTALLED": False, "LOCAL_ACCOUNTS": False}, ["usher.E022", "usher.E023"]),
        (SAML | {"SAML_CERTIFICATE": "hush"}, ["usher.E025"]),
        (SAML | {"SAML_SSO_URL": "idp.example"}, ["usher.E025"]),
        (SAML | {"SAML_SP_CERTIFICATE": CERTIFICATE, "SAML_SP_KEY": "hush"}, ["usher.E025"]),
    ],
)
def test_what_cannot_be_right_is_named(settings, changes, expected):
    for name, value in (NOTHING | changes).items():
        setattr(settings, name, value)
    checks = (
        sign_in_checks.providers,
        sign_in_checks.domains,
        sign_in_checks.somebody_can_sign_in,
        sign_in_checks.saml,
    )
    found = [one for check in checks for one in check()]
    assert sorted(str(one.id) for one in found) == expected
    assert all(one.hint and one.msg.endswith(".") and "hush" not in one.msg for one in found)
