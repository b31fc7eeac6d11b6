"""What broke is told to Sentry, where SENTRY_DSN names one: the traceback and its sentence, and nothing of anybody's.

No request, person, local variable, statement or header is sent, nor is any added to what we call.
"""

from typing import TYPE_CHECKING, Any, Final, cast

from django.conf import settings

from integrations import trace
from portal.logs import KNOWN
from portal.redaction import redacted_all
from portal.version import VERSION

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint


LEFT_OUT: Final = ("request", "user", "extra", "breadcrumbs")


def start() -> None:
    """Tell from here on, if a Sentry is named and its library is installed; a check says when it is not."""
    try:
        import sentry_sdk
        from sentry_sdk.integrations.atexit import AtexitIntegration
        from sentry_sdk.integrations.excepthook import ExcepthookIntegration
        from sentry_sdk.integrations.logging import LoggingIntegration
    except ImportError:
        return
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=VERSION,
        # Others would send statements, headers and forms, or write headers of their own into calls to Aptible.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None), ExcepthookIntegration(), AtexitIntegration(callback=_leave)],
        include_local_variables=False,
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        before_send=_sieve,
    )


def _sieve(event: "Event", hint: "Hint") -> "Event | None":
    """Let through what broke, once as the log does, with what looks like a secret hidden."""
    record = hint.get("log_record")
    is_answer = record is not None and record.name == "django.request" and not record.exc_info  # a 503 of /readyz
    if is_answer or getattr(record, KNOWN, False):
        return None
    kept: Any = {name: value for name, value in event.items() if name not in LEFT_OUT}
    kept["tags"] = {"request_id": trace.current() or "-"}
    return cast("Event", redacted_all(kept))


def _leave(_pending: int, _timeout: float) -> None:
    """Say nothing on the way out: whoever reads the log of a command did not ask for it."""
