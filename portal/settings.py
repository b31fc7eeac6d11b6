"""Every setting, in the order of the README's table. Only the environment changes them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from portal import env

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Who and where -------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG")
# The demo signs its own people in by a button; checks.py refuses it anywhere but on this machine.
DEMO = env.flag("DEMO")
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "data")))
BASE_URL = env.root_url("BASE_URL", "http://127.0.0.1:8000")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
# Without a key every process makes its own: sessions end with the process, and the check W001 says so.
SECRET_KEY_IS_SET = bool(env.text("SECRET_KEY"))
SECRET_KEY = env.text("SECRET_KEY") or get_random_secret_key()
# Newest first. Stored secrets are sealed with the first and opened with any.
ENCRYPTION_KEYS = env.names("ENCRYPTION_KEYS")

# --- Aptible -------------------------------------------------------------------------------------
APTIBLE_AUTH_ROOT_URL = env.root_url("APTIBLE_AUTH_ROOT_URL", "https://auth.aptible.com")
APTIBLE_API_ROOT_URL = env.root_url("APTIBLE_API_ROOT_URL", "https://api.aptible.com")

# --- Time limits, in seconds: HTTP < task < retry <= lease; checks.py holds them to that order. ---
HTTP_TIMEOUT = 15  # one call to Aptible, all of it
CALL_WINDOW = 20  # a worker starts no further call later than this after it took a target
TASK_TIMEOUT = 40
TASK_RETRY = 60
LEASE = timedelta(seconds=60)
WATCHDOG_TIMEOUT = env.number("WATCHDOG_TIMEOUT", 15)  # a job cluster without a heartbeat for so long is replaced

# --- The application -----------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "django_q",
    "social_django",
    "csp",
    "access",
    "portal",
]
AUTH_USER_MODEL = "access.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.TimeZoneMiddleware",
    "portal.middleware.RefusalMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.page",
            ],
        },
    },
]

# --- Databases -----------------------------------------------------------------------------------
DATABASES: dict[str, Any] = {"default": env.database("DATABASE_URL", sqlite=DATA_DIR / "usher.sqlite3")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Immediate: a transaction that will write takes the write lock at its start, so it never fails half way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;",
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- Jobs ----------------------------------------------------------------------------------------
# A failed task is done with: the row that it was about is due again when its lease ends.
Q_CLUSTER: dict[str, Any] = {
    "name": "usher",
    "orm": "default",
    "broker_class": "access.worker.queue.Broker",
    "workers": env.number("WORKERS", 4),
    "queue_limit": 4,
    "bulk": 1,
    "poll": 0.1,
    "timeout": TASK_TIMEOUT,
    "retry": TASK_RETRY,
    "ack_failures": True,
    "max_attempts": 1,
    "save_limit": -1,
    "catch_up": False,
    "scheduler": False,
    "label": "Jobs",
    "ALT_CLUSTERS": {},
}

# --- Signing in ----------------------------------------------------------------------------------
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]

# --- Browsers ------------------------------------------------------------------------------------
HTTPS = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds: one working day
SESSION_COOKIE_NAME = env.text("SESSION_COOKIE_NAME", "usher_session")
CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# The admin theme runs Alpine, which compiles the expressions in its own templates.
ADMIN_CSP_EXTRA = {"script-src": [UNSAFE_EVAL, UNSAFE_INLINE], "style-src": [UNSAFE_INLINE]}

# --- Languages and time: stored in UTC, shown in the zone of the browser ---------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Files ---------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG

# --- Logs ----------------------------------------------------------------------------------------
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "portal.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json" if env.text("LOG_FORMAT", "text") == "json" else "text",
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # One line for each task and each poll would bury what matters.
        "django-q": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "urllib3": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}
