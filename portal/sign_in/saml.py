"""Signing in with SAML: only with a signed assertion that was made for this portal, for the sign-in that this browser
has just begun, and never twice.

The provider answers by a POST from its own page, and browsers send no cookie along with that. So the answer is first
given back to the browser, on a page of ours that posts it anew; then the session is there, and what it began.
"""

import copy
import hashlib
import json
from contextlib import suppress
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from onelogin.saml2.constants import OneLogin_Saml2_Constants
from onelogin.saml2.errors import OneLogin_Saml2_ValidationError
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML
from social_core.backends.saml import EMAIL_FIELDS, SAMLAuth
from social_core.exceptions import AuthResponseError, AuthSessionError, SocialAuthBaseException
from social_django.models import Nonce

from portal.sign_in.providers import SignInRefused, subject
from portal.sign_in.reasons import with_reason

BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
NAME_ID: Final = "name_id"
NAME_ID_FORMATS: Final = {
    "persistent": OneLogin_Saml2_Constants.NAMEID_PERSISTENT,
    "unspecified": OneLogin_Saml2_Constants.NAMEID_UNSPECIFIED,
    "emailAddress": OneLogin_Saml2_Constants.NAMEID_EMAIL_ADDRESS,
}
_Errors: Final = OneLogin_Saml2_ValidationError
# The toolkit's checks, each as a reason of reasons.py.
FAILED: Final = {
    _Errors.WRONG_AUDIENCE: "audience", _Errors.WRONG_DESTINATION: "recipient", _Errors.EMPTY_DESTINATION: "recipient",
    _Errors.WRONG_SUBJECTCONFIRMATION: "recipient", _Errors.WRONG_ISSUER: "issuer",
    _Errors.ISSUER_NOT_FOUND_IN_ASSERTION: "issuer", _Errors.INVALID_SIGNATURE: "key",
    _Errors.NO_SIGNED_ASSERTION: "unsigned", _Errors.NO_SIGNED_MESSAGE: "unsigned",
    _Errors.NO_SIGNATURE_FOUND: "unsigned", _Errors.DEPRECATED_SIGNATURE_METHOD: "algorithm",
    _Errors.DEPRECATED_DIGEST_METHOD: "algorithm", _Errors.ASSERTION_EXPIRED: "expired",
    _Errors.RESPONSE_EXPIRED: "expired", _Errors.SESSION_EXPIRED: "expired", _Errors.ASSERTION_TOO_EARLY: "skew",
    _Errors.WRONG_INRESPONSETO: "replayed", _Errors.STATUS_CODE_IS_NOT_SUCCESS: "status",
    _Errors.NO_NAMEID: "no subject", _Errors.EMPTY_NAMEID: "no subject",
}  # fmt: skip
SECURITY: Final = {
    "wantAssertionsSigned": True,
    "rejectDeprecatedAlgorithm": True,
    # How people prove who they are is the provider's decision: a wish for passwords would shut out stronger means.
    "requestedAuthnContext": False,
    "wantAttributeStatement": False,
    "allowSingleLabelDomains": True,
}


# The toolkit's own is five minutes, and only of the assertion's conditions.
LEEWAY: Final = settings.SOCIAL_AUTH_JWT_LEEWAY  # seconds
OneLogin_Saml2_Constants.ALLOWED_CLOCK_DRIFT = LEEWAY
CONFIRMATION: Final = "/saml:Subject/saml:SubjectConfirmation"
TIMED: Final = "//saml:Conditions | //saml:SubjectConfirmationData"
# Within the one assertion, which is signed: around it stands what anybody can write.
AUDIENCES: Final = "//saml:Assertion/saml:Conditions/saml:AudienceRestriction/saml:Audience"
CONFIRMATIONS: Final = "//saml:Assertion/saml:Subject/saml:SubjectConfirmation"


class _Response(OneLogin_Saml2_Response):  # type: ignore[misc]
    """Bears the same difference between two clocks in the confirmation, where the toolkit bears none.

    Keeps which check failed: the toolkit itself keeps a sentence alone.
    """

    def __init__(self, *args: Any, failed: list[int], **kwargs: Any) -> None:
        self._failed = failed
        super().__init__(*args, **kwargs)

    def is_valid(self, request_data: Any, request_id: Any = None, raise_exceptions: bool = False) -> bool:
        valid: bool = super().is_valid(request_data, request_id, raise_exceptions)
        if not valid:
            with suppress(Exception):
                self._find_what_failed(request_data, request_id)
        return valid

    def _find_what_failed(self, request_data: Any, request_id: Any) -> None:
        try:
            super().is_valid(request_data, request_id, raise_exceptions=True)
        except OneLogin_Saml2_ValidationError as error:
            self._failed.append(error.code)

    def _query_assertion(self, path: str) -> list[Any]:
        found: list[Any] = super()._query_assertion(path)
        if path != CONFIRMATION:
            return found
        copies = [copy.deepcopy(one) for one in found]
        for one in copies:
            for data in one.iter("{*}SubjectConfirmationData"):
                for name, seconds in (("NotBefore", -LEEWAY), ("NotOnOrAfter", LEEWAY)):
                    if data.get(name):
                        at = OneLogin_Saml2_Utils.parse_SAML_to_time(data.get(name)) + seconds
                        data.set(name, OneLogin_Saml2_Utils.parse_time_to_SAML(at))
        return copies


class SAML(SAMLAuth):  # type: ignore[misc]
    """One provider. What it says is believed for the domains of ALLOWED_EMAIL_DOMAINS, and for no others."""

    says: dict[str, Any] = {}  # whom an answer named that was refused
    auth: Any = None  # the toolkit's object, of which the checks after its own ones read
    _failed: list[int] = []  # which of its checks

    def generate_saml_config(self, idp: Any = None) -> dict[str, Any]:
        config: dict[str, Any] = super().generate_saml_config(idp)
        del config["contactPerson"], config["organization"]
        config["debug"] = False
        config["sp"] |= {
            "entityId": entity_id(),
            "x509cert": settings.SAML_SP_CERTIFICATE,
            "privateKey": settings.SAML_SP_KEY,
            "NameIDFormat": NAME_ID_FORMATS.get(settings.SAML_NAME_ID_FORMAT, NAME_ID_FORMATS["persistent"]),
        }
        config["security"] |= {**SECURITY, "authnRequestsSigned": bool(settings.SAML_SP_KEY)}
        return config

    def auth_url(self) -> str:
        """Begin, and remember in the session which answer may come."""
        idp = self.get_idp(None)
        auth = self._create_saml_auth(idp)
        url: str = auth.login(return_to=json.dumps({"idp": idp.name}))
        self.strategy.session_set(self._authn_request_id_session_key(idp.name), auth.get_last_request_id())
        return url

    def auth_complete(self, *args: Any, **kwargs: Any) -> Any:
        """Look at an answer only in a browser that has begun a sign-in: checking one is work."""
        key = self._authn_request_id_session_key(self.get_idp(None).name)
        is_first_post = self.BROWSER_RETURN_FIELD not in self.strategy.request_post()
        if not is_first_post and not self.strategy.session_get(key):
            raise AuthSessionError(self, code="session_context_missing", stage="callback")
        try:
            return super().auth_complete(*args, **kwargs)
        except SocialAuthBaseException as error:
            found = FAILED.get(self._failed[-1], "other") if self._failed else ""
            self.says = {"email": self._named()}
            if not isinstance(error, SignInRefused) and self._clocks_differ():
                late = AuthResponseError(self, code="response_expired", stage="callback")
                raise with_reason(late, found if found in ("expired", "skew") else "expired") from None
            with_reason(error, found)
            raise

    def _create_saml_auth(self, idp: Any) -> Any:
        self.auth, self._failed = super()._create_saml_auth(idp), []
        self.auth.response_class = partial(_Response, failed=self._failed)
        return self.auth

    def _named(self) -> str:
        """Whom the answer names, where that is an address, before anybody has checked that it does: for the log."""
        document = self.auth and self.auth.get_last_response_xml()
        names = OneLogin_Saml2_XML.query(OneLogin_Saml2_XML.to_etree(document), "//saml:NameID") if document else []
        return next((one.text for one in names if "@" in (one.text or "")), "")

    def _clocks_differ(self) -> bool:
        """Whether what was answered is of another time, so that the clock is what somebody has to look at."""
        document = self.auth and self.auth.get_last_response_xml()
        if not document:
            return False
        now = OneLogin_Saml2_Utils.now()
        for one in OneLogin_Saml2_XML.query(OneLogin_Saml2_XML.to_etree(document), TIMED):
            begins, ends = _moment(one.get("NotBefore")), _moment(one.get("NotOnOrAfter"))
            if (begins and begins > now + LEEWAY) or (ends and ends + LEEWAY <= now):
                return True
        return False

    def _check_entitlements(self, idp: Any, attributes: dict[str, Any]) -> None:
        """Insist on what the toolkit takes for granted when it is missing, and on an assertion that is new."""
        document = OneLogin_Saml2_XML.to_etree(self.auth.get_last_response_xml())
        audiences = OneLogin_Saml2_XML.query(document, AUDIENCES)
        if entity_id() not in [(one.text or "").strip() for one in audiences]:
            raise AuthResponseError(self, code="invalid_claim", claim="Audience", stage="callback")
        until = self._bearer_until(document)
        name = hashlib.sha256(f"{idp.entity_id} {self.auth.get_last_assertion_id()}".encode()).hexdigest()
        if not Nonce.use("saml", until, name):
            raise AuthSessionError(self, code="state_mismatch", stage="callback")
        is_transient = str(self.auth.get_nameid_format()).endswith(":transient")
        if is_transient and settings.SAML_SUBJECT_ATTRIBUTE in ("", NAME_ID):
            text = _("Your sign-in provider names you differently each time. An admin has to set a lasting name.")
            raise SignInRefused(self, text, reason="no lasting name")

    def _bearer_until(self, document: Any) -> int:
        """Until when, in Unix time, the assertion is good for our own address. Raises AuthResponseError if never."""
        ends = []
        for one in OneLogin_Saml2_XML.query(document, CONFIRMATIONS):
            data = one.find("{*}SubjectConfirmationData")
            if one.get("Method") != BEARER or data is None or data.get("Recipient") != self.redirect_uri:
                continue
            # The library has compared the envelope's with what this browser was sent away with.
            if data.get("NotOnOrAfter") and data.get("InResponseTo") == document.get("InResponseTo"):
                ends.append(OneLogin_Saml2_Utils.parse_SAML_to_time(data.get("NotOnOrAfter")))
        if not ends or max(ends) + LEEWAY <= OneLogin_Saml2_Utils.now():
            raise AuthResponseError(self, code="invalid_claim", claim="SubjectConfirmation", stage="callback")
        return int(max(ends)) + LEEWAY

    def get_user_id(self, details: Any, response: dict[str, Any]) -> str:
        idp = self.get_idp(response["idp_name"])
        return subject(idp.entity_id, idp.get_user_permanent_id(response["attributes"]))

    def get_user_details(self, response: dict[str, Any]) -> dict[str, Any]:
        details: dict[str, Any] = super().get_user_details(response)
        parts = (details.get("first_name"), details.get("last_name"))
        details["fullname"] = details.get("fullname") or " ".join(part for part in parts if part)
        return details

    def vouched_email(self, response: dict[str, Any]) -> str:
        """The one e-mail of the assertion; of several, nobody knows which is meant."""
        if not settings.ALLOWED_EMAIL_DOMAINS:
            return ""
        attributes = response["attributes"]
        names = [settings.SAML_EMAIL_ATTRIBUTE] if settings.SAML_EMAIL_ATTRIBUTE else EMAIL_FIELDS
        said: Any = next((attributes[name] for name in names if name in attributes), [])
        values = said if isinstance(said, list) else [said]
        return str(values[0] or "") if len(values) == 1 else ""


def _moment(text: str | None) -> float | None:
    """Seconds since 1970; None where it is no time."""
    try:
        known = parse_datetime(text or "")
    except ValueError:
        return None
    return known.timestamp() if known else None


def entity_id() -> str:
    """The name that the portal has at the provider: usually the address of its metadata."""
    return settings.SAML_SP_ENTITY_ID or settings.BASE_URL + reverse("saml-metadata")
