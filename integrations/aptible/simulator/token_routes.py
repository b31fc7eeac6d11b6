"""The Auth API's tokens: signing in, asking about a token, giving it back."""

from typing import Any

from werkzeug import Response

from integrations.aptible.simulator.call import Call, json_object
from integrations.aptible.simulator.errors import ApiError, invalid, not_found
from integrations.aptible.simulator.hal import answer, nothing
from integrations.aptible.simulator.logins import DEFAULT_LIFETIME, SCOPES


def auth_root(call: Call) -> Response:
    return answer(call.hal.auth_root())


def create_token(call: Call) -> Response:
    fields = _fields(call)
    if fields.get("grant_type") != "password":
        raise ApiError(400, "unsupported_grant_type", "Unsupported grant type", {})
    scope = _text(fields, "scope") or "manage"
    if scope not in SCOPES:
        raise ApiError(400, "invalid_scope", "Invalid scope", {})
    lifetime = _lifetime(fields)
    email = _text(fields, "username")
    call.logins.check(
        email,
        _text(fields, "password"),
        code=_text(fields, "otp_token"),
        previous_attempt=_text(fields, "previous_login_attempt_id"),
    )
    try:
        person = call.state.person(email)
    except KeyError:
        raise ApiError(401, "invalid_credentials", "User not found", {}) from None
    subject = call.hal.person_url(person)
    token = call.logins.issue(person, scope=scope, lifetime=lifetime, issuer=call.hal.auth_url, subject=subject)
    return answer(call.hal.token(token, with_text=True), 201)


def current_token(call: Call) -> Response:
    return answer(call.hal.token(call.token, with_text=True))


def delete_token(call: Call, id: str) -> Response:
    person = call.person
    token = call.logins.token_by_id(id)
    if token is None or token.person_id != person.id:
        raise not_found()
    call.logins.revoke(token)
    return nothing()


def _fields(call: Call) -> dict[str, Any]:
    if call.request.mimetype == "application/x-www-form-urlencoded":
        return call.request.form.to_dict()
    return json_object(call.request)


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _lifetime(fields: dict[str, Any]) -> int:
    given = fields.get("expires_in", DEFAULT_LIFETIME)
    if not str(given).isdecimal() or int(given) < 1:
        raise invalid("Validation failed: Expires in must be greater than 0")
    return int(given)
