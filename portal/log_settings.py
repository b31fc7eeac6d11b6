"""How every process writes its log: commands, workers and jobs, the web server and its checks."""

from typing import Any, Final

from portal import env

LOGGING: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "broken_pages": {"()": "portal.logs.BrokenPages"},
        "one_line": {"()": "portal.logs.OneLine"},
        "one_traceback": {"()": "portal.logs.OneTraceback"},
    },
    "formatters": {
        "text": {"()": "portal.logs.Formatter", "format": "%(asctime)s %(levelname)s %(name)s %(trace)s %(message)s"},
        "json": {"()": "portal.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": env.choice("LOG_FORMAT", ("text", "json"), "text"),
            "filters": ["one_traceback"],
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # One line for each task and each poll would bury what matters.
        "django-q": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "urllib3": {"level": "WARNING"},
        # Its lines for refusals are those of the access log once more, and a page that broke comes with its traceback.
        "django.request": {"level": "ERROR", "filters": ["broken_pages"]},
        "django.security.DisallowedHost": {"filters": ["one_line"]},
        # The development server's own lines have query strings.
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
    },
}
