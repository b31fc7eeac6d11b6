"""How gunicorn runs the portal: `gunicorn --config python:portal.server`. Arguments and GUNICORN_CMD_ARGS go first."""

from typing import Any, Final

from portal import env
from portal.log_settings import LOGGING

wsgi_app: Final = "portal.wsgi"
bind: Final = env.text("BIND", "127.0.0.1:8000")
worker_class: Final = "gthread"
threads: Final = 8
# Requests take milliseconds; nothing of a page waits for Aptible longer than one call does.
timeout: Final = 30
graceful_timeout: Final = 30
keepalive: Final = 65  # longer than the proxies in front keep a connection
# A file that is touched as a sign of life must not wait for a disk.
worker_tmp_dir: Final = "/dev/shm"  # noqa: S108  gunicorn's own advice for containers
# Nothing is written outside of DATA_DIR, and nobody steers it from beside.
control_socket_disable: Final = True

# Its own lines go the way of all others. The access log is the portal's, without query strings.
logconfig_dict: Final[dict[str, Any]] = {
    **LOGGING,
    "loggers": {
        **LOGGING["loggers"],
        "gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "gunicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
