"""Hide what looks like a secret in the log and in what Sentry is told: a last net, since none should come so far."""

import re
from typing import Any, Final

HIDDEN: Final = "[hidden]"
# Names of what is secret, alone or behind something else (`bot_password`, `X-Vault-Token`), but not before it.
NAMES: Final = (
    "password", "passwd", "pwd", "passphrase", "secret", "token", "api[_-]?key", "private[_-]?key", "credentials?",
    "otp", "otp_token", "otp_code", "code_verifier", "device_code", "samlresponse", "samlrequest", "assertion",
    "signature", "sessionid", "authorization", "cookie", "dsn",
)  # fmt: skip
# Those that are words of any sentence, too: nobody's secret is as short as what follows them there.
ALSO_WORDS: Final = ("code", "session")
_NAME: Final = rf"(?<![\w-])[\w-]{{0,40}}?(?:{'|'.join(NAMES)})"
_WORD: Final = rf"(?<![\w-])(?:{'|'.join(ALSO_WORDS)})"
_QUOTE: Final = r"\\?[\"']"
# The first group of each is kept, and all the rest is hidden. In this order: what is whole goes before its parts.
TABLE: Final[dict[str, re.Pattern[str]]] = {
    "a private key": re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?:-----END [A-Z ]*KEY-----|\Z)", re.DOTALL),
    "a header": re.compile(
        rf"(?i)((?<![\w-])(?:(?:proxy-)?authorization|(?:set-)?cookie){_QUOTE}?\s*[:=]\s*(?:b?{_QUOTE})?)[^\r\n\"'\\]+"
    ),
    "a named value in quotes": re.compile(
        rf"(?i)((?:{_NAME}|{_WORD}){_QUOTE}?\s*[=:]\s*b?(?P<q>{_QUOTE}))(?!\[hidden\])(?:\\.|(?!(?P=q)).)+"
    ),
    "a value of a form or an address": re.compile(rf"(?i)({_NAME}=)(?!\[hidden\])[^\s\"',;&)<>\]}}\\]+"),
    "a word of a form or an address": re.compile(rf"(?i)({_WORD}=)(?!\[hidden\])[^\s\"',;&)<>\]}}\\]{{6,}}"),
    "a password": re.compile(r"(?i)((?:password|passwd|secret)\s*[=:]\s*)(?!\[hidden\])[^\s\"',;&)]+"),
    "a named value": re.compile(rf"(?i)({_NAME}\s*[=:]\s*)(?!\[hidden\])[^\s\"',;&)<>]{{12,}}"),
    "what follows its scheme": re.compile(r"(?i)((?:bearer|token|basic) +)[A-Za-z0-9._~+/=-]{8,}"),
    "a token of ours or of Slack's": re.compile(r"()\b(?:usher_|whsec_|xox[abeprs]-|xapp-)[A-Za-z0-9_+/-]{6,}=*"),
    "a JSON web token": re.compile(r"()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"),
    "a password of an address": re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)"),
}


def redacted(text: str) -> str:
    """The text without what looks like a secret."""
    for pattern in TABLE.values():
        text = pattern.sub(rf"\g<1>{HIDDEN}", text)
    return text


def redacted_all(value: Any) -> Any:
    """The same for every text in lists and mappings; by its name, too, where a mapping has one."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, dict):
        return {name: HIDDEN if _is_secret(name, one) else redacted_all(one) for name, one in value.items()}
    return [redacted_all(one) for one in value] if isinstance(value, list | tuple) else value


def _is_secret(name: object, value: object) -> bool:
    return bool(value) and isinstance(value, str) and re.fullmatch(f"(?i){_NAME}", str(name)) is not None
