"""Every setting, by subject. Only the environment changes them."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF, UNSAFE_EVAL
from django.contrib.messages.constants import ERROR, INFO, SUCCESS, WARNING
from django.core.management.utils import get_random_secret_key
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from portal import env, log_settings
from portal.sign_in.settings import *  # noqa: F403  its names are the settings

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Who and where -------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG")
# The demo signs its own people in by a button; checks.py refuses it anywhere but on this machine.
DEMO = env.flag("DEMO")
READ_FROM_ENVIRONMENT = env.asked  # the name of each setting: the demo leaves out what a shell has of a real one
# Installed as a package, there is no manage.py, no folder of the project's to keep data in, and templates are in it.
IS_PACKAGE = not (BASE_DIR / "manage.py").exists()
COMMAND_LINE = ["-m", "portal.main"] if IS_PACKAGE else [str(BASE_DIR / "manage.py")]
_HOME = Path.cwd() if IS_PACKAGE else BASE_DIR
DATA_DIR = env.folder("DATA_DIR", _HOME / "data", is_needed=not env.text("DATABASE_URL"))
BASE_URL = env.root_url("BASE_URL", "http://127.0.0.1:8000")
HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
# Without a key every process makes its own: sessions end with the process, and the check W001 says so.
SECRET_KEY_IS_SET = bool(env.text("SECRET_KEY"))
SECRET_KEY = env.text("SECRET_KEY") or get_random_secret_key()
# Newest first. Stored secrets are sealed with the first and opened with any.
ENCRYPTION_KEYS = env.names("ENCRYPTION_KEYS")
# Newest first. The log is sealed with the first; see access/audit/keys.py for what happens without any.
AUDIT_KEYS = env.names("AUDIT_KEYS")
# Places out of reach of the database's owner that get its signed end, each so many minutes.
AUDIT_ANCHORS = env.names("AUDIT_ANCHORS")
AUDIT_ANCHOR_MINUTES = env.number("AUDIT_ANCHOR_MINUTES", 60, least=1, most=1440)
AUDIT_KEY_FILE = None if env.text("DATABASE_URL") and SECRET_KEY_IS_SET else DATA_DIR / "audit.key"
# Secrets of type file come from below these folders, and from nowhere else: whoever names one could read any file.
SECRETS_DIR = env.names("SECRETS_DIR", "/run/secrets")

# --- Aptible -------------------------------------------------------------------------------------
APTIBLE_AUTH_ROOT_URL = env.root_url("APTIBLE_AUTH_ROOT_URL", "https://auth.aptible.com")
APTIBLE_API_ROOT_URL = env.root_url("APTIBLE_API_ROOT_URL", "https://api.aptible.com")
# All processes together, to one organization; 0: as many as come. What ends access is counted, and waits for nobody.
APTIBLE_CALLS_PER_SECOND = env.number("APTIBLE_CALLS_PER_SECOND", 20)

# --- Who may change what decides who gets in: admins by hand, or with "files" only `config apply` and Terraform ---
SETUP = env.choice("SETUP", ("", "files"), "")
SETUP_SECOND_ADMIN = env.flag("SETUP_SECOND_ADMIN")

# --- PagerDuty -----------------------------------------------------------------------------------
PAGERDUTY_API_URL = env.root_url("PAGERDUTY_API_URL", "https://api.pagerduty.com")

# --- Slack: for what the integration of the admin leaves empty ----------------------------------------
SLACK_API_URL = env.root_url("SLACK_API_URL", "https://slack.com/api")
SLACK_TEAM_ID = env.text("SLACK_TEAM_ID")
SLACK_BOT_TOKEN = env.text("SLACK_BOT_TOKEN")
SLACK_SIGNING_SECRET = env.text("SLACK_SIGNING_SECRET")
SLACK_APP_TOKEN = env.text("SLACK_APP_TOKEN")
SLACK_COMMAND = env.text("SLACK_COMMAND", "/access")

# --- Time limits, in seconds: HTTP < task < retry <= lease; checks.py holds them to that order. ---
HTTP_TIMEOUT = 15  # one call to Aptible, all of it
# A pass over a target begins no page of its first list but one later than FIRST_READ after it took the target, and
# adds nobody after CALL_WINDOW. To remove somebody, and to look whether that worked, it has until LAST_CALL.
FIRST_READ = 8
CALL_WINDOW = 15
LAST_CALL = 34
TASK_TIMEOUT = 50
TASK_RETRY = 60
LEASE = timedelta(seconds=60)
# Aptible's lists may lag its writes by so long: an older change must be in every list, a younger one need not be.
SETTLING = timedelta(seconds=env.number("SETTLING_SECONDS", 120, least=1, most=3600))
WATCHDOG_TIMEOUT = env.number("WATCHDOG_TIMEOUT", 15, most=600)  # then a cluster without a heartbeat is replaced

# --- The application -----------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "portal.admin_app.AdminConfig",
    "access",  # before Django's own people, whose command for the first admin it takes over
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
    "portal",
]
AUTH_USER_MODEL = "access.User"
PASSWORD_RESET_TIMEOUT = 24 * 3600  # for the link of an invitation
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "portal.urls"
FORM_RENDERER = "portal.forms.renderer.Renderer"
WSGI_APPLICATION = "portal.wsgi.application"

MIDDLEWARE = [
    "portal.access_log.AccessLogMiddleware",
    "portal.middleware.ProbeMiddleware",
    "portal.middleware.TextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.NoStoreMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.api.middleware.ApiMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "portal.middleware.HeadMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.HtmxRedirectMiddleware",
    "portal.middleware.TimeZoneMiddleware",
    "portal.middleware.AuditorMiddleware",
    "portal.sign_in.touch.TouchMiddleware",
    "portal.middleware.RefusalMiddleware",
    "portal.sign_in.login.RefusedSignInMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "portal" / "templates" if IS_PACKAGE else BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [("template_partials.loader.Loader", ["portal.indentation.Loader"])],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.page",
            ],
            # Loaded in every template: partials, translations, and our own times, states and people.
            "builtins": [
                "template_partials.templatetags.partials",
                "django.templatetags.i18n",
                "portal.templatetags.usher",
                "portal.templatetags.quick",
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
    # Behind a pooler the next part of a result could be asked of another connection. Long ones are read in slices.
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
    # PostgreSQL would compile our larger queries, for seconds, to save milliseconds. And a process that is frozen
    # within a transaction would keep its rows from all others: nothing here waits for anybody within one.
    _ours = "-c jit=off -c idle_in_transaction_session_timeout=30s"
    _options = DATABASES["default"].setdefault("OPTIONS", {})
    _options["options"] = f"{_ours} {_options.get('options', '')}".strip()

# --- Jobs ----------------------------------------------------------------------------------------
# A failed task is done with: the row that it was about is due again when its lease ends.
Q_CLUSTER: dict[str, Any] = {
    "name": "usher",
    "orm": "default",
    "broker_class": "access.worker.queue.Broker",
    "workers": env.number("WORKERS", 4),
    "queue_limit": 4,
    "bulk": 1,
    "poll": 0,  # the broker waits by itself, until it is rung for
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

SOCIAL_AUTH_REDIRECT_IS_HTTPS = HTTPS

# Scopes that people may give to API tokens of their own; `none` for none. Admins give any to bots.
PERSONAL_TOKEN_SCOPES = sorted({*env.names("PERSONAL_TOKEN_SCOPES", "read,ask,assist,end,audit")} - {"none"})

# --- Mail ----------------------------------------------------------------------------------------
# Without EMAIL_URL nobody is told by e-mail. The demo reaches no mail server: its mails are files.
_mail = env.Mail(env.MAIL_TO_FILES, folder=str(DATA_DIR.resolve() / "mail")) if DEMO else env.mail("EMAIL_URL")
EMAIL_IS_SET = bool(_mail.backend)
EMAIL_BACKEND = _mail.backend or "django.core.mail.backends.dummy.EmailBackend"
EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.use_tls, _mail.use_ssl
EMAIL_FILE_PATH = _mail.folder or None
EMAIL_TIMEOUT = 20  # seconds for each answer of the mail server, of which some look at the mail first
DEFAULT_FROM_EMAIL = env.mail_address("MAIL_FROM", f"Usher <usher@{urlsplit(BASE_URL).hostname}>")

# --- The event stream ----------------------------------------------------------------------------
# What proves something is kept for so long at least: six years, as HIPAA asks of documentation.
RETENTION = timedelta(days=env.number("RETENTION_DAYS", 2192, least=1))
# Where each event is written as a line of JSON: `stdout` of the worker, or a path. Empty: nowhere.
EVENT_LOG = env.text("EVENT_LOG")
# Networks inside that webhooks may be sent to, with or without TLS. Everything else has to be public, with TLS.
WEBHOOK_PRIVATE_NETWORKS = env.networks("WEBHOOK_PRIVATE_NETWORKS")

# --- Browsers ------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds: one working day
# Browsers keep one set of cookies for all ports of a host: two portals on one host need two names.
SESSION_COOKIE_NAME = env.cookie_name("SESSION_COOKIE_NAME", "usher_session")
CSRF_COOKIE_NAME = f"{SESSION_COOKIE_NAME}_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.pages.errors.csrf_failure"
# Something in front ends TLS and says so. Whoever lies in this header only gets the stricter treatment.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
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
# The admin theme runs Alpine, which compiles the expressions in its own templates. Nothing else of it needs more.
ADMIN_CSP_EXTRA = {"script-src": [UNSAFE_EVAL]}

SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # whether the other names below the host's are on HTTPS is not ours to say
    "security.W008",  # whatever ends TLS redirects to it; health checks may come without
    "security.W021",  # a list in browsers that only the owner of the host's name can join
]

# --- The look of the admin: its colours are in access/static/access/admin.css -----------------------
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Usher",
    "SITE_HEADER": "Usher",
    "SITE_SUBHEADER": _("Set-up and records"),
    "SITE_SYMBOL": "key",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("portal/favicon.svg")}],
    "SHOW_HISTORY": False,
    "STYLES": [lambda _request: static("access/admin.css")],
    "SCRIPTS": [lambda _request: static("access/admin.js")],
    "SIDEBAR": {"navigation": "access.admin.sidebar.navigation"},
}

# --- Languages and time: stored in UTC, shown in the zone of the browser ---------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "portal.formats"
USE_TZ = True
TIME_ZONE = "UTC"

# --- Messages: the tones of the pages ---------------------------------------------------------------
MESSAGE_TAGS = {INFO: "mute", SUCCESS: "ok", WARNING: "wait", ERROR: "bad"}

# --- Files ---------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.folder("STATIC_ROOT", DATA_DIR / "static", is_needed=False)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "portal.static_files.StaticFiles"},
}
WHITENOISE_USE_FINDERS = DEBUG

# --- Metrics: what Prometheus has to send; without one only this machine may read them ---------------
METRICS_TOKEN = env.text("METRICS_TOKEN")

# --- Sentry: what broke is told to it; see portal/error_reports.py -------------------------------------
SENTRY_DSN = env.dsn("SENTRY_DSN")

# --- Logs: see portal/log_settings.py ---------------------------------------------------------------
LOGGING: dict[str, Any] = log_settings.LOGGING
