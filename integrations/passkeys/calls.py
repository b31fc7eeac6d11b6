"""What a browser is asked for, and whether what it answers is genuine: with the library, which is large."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
    parse_attestation_object,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from integrations.passkeys.values import Known, Registered, Site, Unfit

ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,  # Ed25519
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
SECONDS: Final = 120  # that a browser waits for the person
_PARTS: Final = ("clientDataJSON", "authenticatorData", "signature", "attestationObject")
# What the library, and those below it, raise over an answer that somebody made up.
_UNFIT: Final = (
    WebAuthnException, InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError, LookupError, AttributeError,
    RecursionError,
)  # fmt: skip
_VERIFIED: Final = UserVerificationRequirement.REQUIRED


def to_register(
    site: Site, challenge: bytes, *, person: tuple[str, str, str], known: Sequence[Known]
) -> dict[str, Any]:
    """What the browser is asked for a new passkey. `person` is an id, an e-mail and a name."""
    handle, email, name = person
    options = generate_registration_options(
        rp_id=site.id,
        rp_name="Usher",
        user_id=handle.encode(),
        user_name=email,
        user_display_name=name,
        challenge=challenge,
        timeout=SECONDS * 1000,
        attestation=AttestationConveyancePreference.DIRECT,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=_VERIFIED
        ),
        exclude_credentials=_described(known),
        supported_pub_key_algs=ALGORITHMS,
    )
    return dict(options_to_json_dict(options))


def registered(site: Site, challenge: bytes, answer: Mapping[str, Any]) -> Registered:
    """Check what came of it: for this site and challenge, with the person verified. Raises Unfit."""
    try:
        found = verify_registration_response(
            credential=dict(answer), expected_challenge=challenge, expected_rp_id=site.id, expected_origin=site.origin,
            require_user_verification=True, supported_pub_key_algs=ALGORITHMS,
        )  # fmt: skip
        key = decoded_public_key_to_cryptography(decode_credential_public_key(found.credential_public_key))
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        transports = [str(one) for one in answer["response"].get("transports") or [] if one in _TRANSPORTS]
        _check_frame(answer)
        _check_spelling(answer)
    except _UNFIT as error:
        raise Unfit(f"{type(error).__name__}: {error}") from error
    return Registered(
        credential=bytes_to_base64url(found.credential_id),
        public_key=bytes_to_base64url(found.credential_public_key),
        spki=base64.b64encode(spki).decode(),
        sign_count=found.sign_count,
        transports=transports,
        format=str(AttestationFormat(found.fmt).value),
        model=found.aaguid,
        attestation=bytes_to_base64url(found.attestation_object),
        client_data=str(answer["response"]["clientDataJSON"]),
    )


def to_sign(site: Site, challenge: bytes, *, known: Sequence[Known]) -> dict[str, Any]:
    """What the browser is asked to have signed, by one of these."""
    options = generate_authentication_options(
        rp_id=site.id, challenge=challenge, timeout=SECONDS * 1000, allow_credentials=_described(known),
        user_verification=_VERIFIED,
    )  # fmt: skip
    return dict(options_to_json_dict(options))


def signed(
    site: Site, challenge: bytes, answer: Mapping[str, Any], *, public_key: str, attestation: str, sign_count: int
) -> int:
    """Check a signature: over this challenge, for this site, with the person verified. Raises Unfit.

    `attestation` is what the device said of itself when it was registered, which has to be for the same site.
    Returns how often the device says it has signed; one that says less than before may be a copy, and is refused.
    """
    try:
        found = verify_authentication_response(
            credential=dict(answer), expected_challenge=challenge, expected_rp_id=site.id, expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(public_key), credential_current_sign_count=sign_count,
            require_user_verification=True,
        )  # fmt: skip
        _check_frame(answer)
        _check_spelling(answer)
        _check_stayed(site, attestation)
    except _UNFIT as error:
        raise Unfit(f"{type(error).__name__}: {error}") from error
    return int(found.new_sign_count)


def challenge_of(answer: Mapping[str, Any]) -> bytes:
    """What the browser says it was asked. Nothing is proven by it. Raises Unfit."""
    try:
        return base64url_to_bytes(_client_data(answer)["challenge"])
    except _UNFIT as error:
        raise Unfit(f"{type(error).__name__}: {error}") from error


def parts_of(answer: Mapping[str, Any]) -> dict[str, str]:
    """What of a checked answer has to be kept, so that anybody can check it again."""
    said = answer["response"]
    names = {"client_data": "clientDataJSON", "authenticator_data": "authenticatorData", "signature": "signature"}
    return {"credential": str(answer["id"]), **{ours: str(said[theirs]) for ours, theirs in names.items()}}


def _check_frame(answer: Mapping[str, Any]) -> None:
    """No page of ours is framed, so nobody signs in a frame of another's."""
    if _client_data(answer).get("crossOrigin"):
        raise ValueError("It was signed in a frame of another site.")


def _check_spelling(answer: Mapping[str, Any]) -> None:
    """What is kept as proof is spelled as browsers do. The library passes over signs that others can't read."""
    said = answer["response"]
    parts = [said[name] for name in _PARTS if name in said]
    for text in (*parts, _client_data(answer)["challenge"]):
        if bytes_to_base64url(base64url_to_bytes(text)) != text:
            raise ValueError("It is not in base64url, without padding.")


def _check_stayed(site: Site, attestation: str) -> None:
    """A device signs for no other site than it was registered on, once the portal has moved; a program may."""
    made = parse_attestation_object(base64url_to_bytes(attestation))
    if made.auth_data.rp_id_hash != hashlib.sha256(site.id.encode()).digest():
        raise ValueError("It was registered on another site.")


def _client_data(answer: Mapping[str, Any]) -> dict[str, Any]:
    return dict(json.loads(base64url_to_bytes(answer["response"]["clientDataJSON"])))


_TRANSPORTS: Final = frozenset(one.value for one in AuthenticatorTransport)


def _described(known: Sequence[Known]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(one.credential),
            transports=[AuthenticatorTransport(name) for name in one.transports if name in _TRANSPORTS],
        )
        for one in known
    ]
