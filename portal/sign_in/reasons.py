"""Why a sign-in was refused, in words for the log: what was wrong, and what whoever set it up does about it.

The person at the sign-in page reads less: most of it is about settings, and nothing that they could change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Reason:
    """`code` is one word to look for; `todo` says which setting, here or at the provider, to look at."""

    code: str
    text: str | Promise
    todo: str | Promise

    def __str__(self) -> str:
        return f"{self.text} {self.todo}"


_ALL: Final = (
    Reason("audience", _("It was meant for another application."),
           _("Compare the client id, or the audience of SAML, with the provider's.")),
    Reason("recipient", _("It was meant for another address."),
           _("Compare the recipient and destination (ACS) at the provider with BASE_URL, letter by letter.")),
    Reason("issuer", _("Another provider issued it."),
           _("Compare OIDC_ENDPOINT, or SAML_ENTITY_ID, with what the provider calls itself.")),
    Reason("key", _("It is signed with a key that the provider does not publish."),
           _("Look at the provider's keys, and at SAML_CERTIFICATE: while a key changes, both stand there.")),
    Reason("signature", _("The signature is not right."),
           _("Whatever is signed was changed on its way, or SAML_CERTIFICATE is another provider's.")),
    Reason("unsigned", _("It is not signed."), _("Let the provider sign the assertion.")),
    Reason("algorithm", _("It is signed in a way that is not accepted."),
           _("Let the provider sign with RS256, ES256 or EdDSA; with SHA-256 for SAML.")),
    Reason("expired", _("It is too old."), _("Compare the clocks of this machine and the provider.")),
    Reason("skew", _("It counts from a time that is still to come."),
           _("Compare the clocks of this machine and the provider.")),
    Reason("no e-mail", _("The provider named no e-mail address."),
           _("Let it send one: the scope or claim email, or the attribute that SAML_EMAIL_ATTRIBUTE names.")),
    Reason("not verified", _("The provider does not vouch for the e-mail address."),
           _("Let it send email_verified; for Entra xms_edov; for SAML set ALLOWED_EMAIL_DOMAINS.")),
    Reason("unusable e-mail", _("The e-mail address can't be used here."), _("It has to be plain: in ASCII letters.")),
    Reason("domain", _("The address is of a domain that may not sign in."),
           _("Add the domain to ALLOWED_EMAIL_DOMAINS, if that is right.")),
    Reason("workspace", _("The account is of no Google Workspace that may sign in."),
           _("Add it to GOOGLE_HOSTED_DOMAINS, if that is right.")),
    Reason("organization", _("The account is not in the GitHub organization or team."),
           _("Add it there, or look whether the OAuth app was approved for the organization.")),
    Reason("switched off", _("The account is switched off here."),
           _("Switch it on in the admin, under People, if that is right.")),
    Reason("other subject", _("The account belongs to another sign-in at the provider."),
           _("If it is the same person: People, “Match again by e-mail when they next sign in”.")),
    Reason("same mailbox", _("Somebody here has an address that differs by what follows a plus alone."),
           _("If it is another person, add them in the admin, under People.")),
    Reason("other address", _("The directory has the person by another address than the provider names."),
           _("Let userName be, in the directory, the address with which people sign in.")),
    Reason("no lasting name", _("The provider names the person differently each time."),
           _("Let it send a persistent NameID, or set SAML_SUBJECT_ATTRIBUTE.")),
    Reason("no subject", _("The provider did not say who it is."), _("Let it send sub, or the NameID.")),
    Reason("replayed", _("It was used before, or in another browser."), _("Begin again at the sign-in page.")),
    Reason("session", _("The sign-in took too long, or was begun elsewhere."),
           _("Begin again at the sign-in page, and allow its cookies. A tile has to lead to the sign-in page.")),
    Reason("cancelled", _("It was cancelled at the provider."),
           _("If it was not the person: look whether they are assigned to the application.")),
    Reason("client", _("The provider refused this portal."),
           _("Compare the client id, the client secret and the redirect address with the provider's.")),
    Reason("provider", _("The provider did not answer, or not as it should."),
           _("Look at its status page, and whether this machine reaches it.")),
    Reason("status", _("The provider answered that it did not work."),
           _("Look into the provider's own log. It may not support the NameID format: see SAML_NAME_ID_FORMAT.")),
    Reason("other", _("It was not as it should be."), _("The web process's log has the kind of the error.")),
)  # fmt: skip
REASONS: Final[Mapping[str, Reason]] = {one.code: one for one in _ALL}

# What the library says: a claim that is wrong, and a code.
_BY_CLAIM: Final = {
    "aud": "audience", "azp": "audience", "Audience": "audience", "iss": "issuer", "sub": "no subject",
    "SubjectConfirmation": "recipient", "alg": "algorithm", "kid": "key", "attr_user_permanent_id": "no subject",
}  # fmt: skip
_BY_CODE: Final = {
    "response_expired": "expired", "response_not_yet_valid": "skew", "invalid_signature": "signature",
    "nonce_mismatch": "replayed", "state_mismatch": "replayed", "session_context_missing": "session",
    "authentication_canceled": "cancelled", "invalid_client": "client", "unauthorized_client": "client",
    "invalid_grant": "client",
}  # fmt: skip
_BY_KIND: Final = {
    "AuthCanceled": "cancelled", "AuthSessionError": "session", "AuthProviderError": "provider",
    "AuthCredentialError": "client",
}  # fmt: skip


def of(exception: Any) -> Reason:
    """Find the reason of a refused sign-in."""
    named = getattr(exception, "reason_code", "")
    claim, code = str(getattr(exception, "claim", "") or ""), str(getattr(exception, "code", "") or "")
    found = named or _BY_CLAIM.get(claim) or _BY_CODE.get(code) or _BY_KIND.get(type(exception).__name__, "other")
    return REASONS[found]


def with_reason(error: Any, code: str) -> Any:
    """The same error, which knows more of why."""
    if code and not getattr(error, "reason_code", ""):
        error.reason_code = code
    return error
