"""Connections to outside systems, and where their credentials come from."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations import secrets


class Secret(models.Model):
    class Source(models.TextChoices):
        ENV = "env", _("Environment variable")
        FILE = "file", _("File")
        STORED = "stored", _("Stored here, encrypted")
        AWS = "aws_secrets_manager", _("AWS Secrets Manager")

    name = models.SlugField(_("name"), max_length=100, unique=True)
    source = models.CharField(_("source"), max_length=20, choices=Source)
    location = models.CharField(
        _("variable, path or name"),
        max_length=500,
        blank=True,
        help_text=_("The name of the variable, the path of the file, or the name or ARN at AWS."),
    )
    json_key = models.CharField(
        _("key in the JSON"),
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text=_("Where the secret at AWS is a JSON object."),
    )
    sealed = models.TextField(_("sealed value"), blank=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("secret")
        verbose_name_plural = _("secrets")

    def __str__(self) -> str:
        return self.name

    def value(self) -> str:
        """Read the secret now. Raises SecretUnavailable, with a sentence that names the place only."""
        kept = self.sealed if self.source == self.Source.STORED else self.location
        return secrets.resolve(
            self.source, kept, keys=settings.ENCRYPTION_KEYS, json_key=self.json_key, folders=settings.SECRETS_DIR
        )


class Integration(models.Model):
    class Type(models.TextChoices):
        APTIBLE = "aptible", _("Aptible")
        SLACK = "slack", _("Slack")

    type = models.CharField(_("type"), max_length=20, choices=Type, default=Type.APTIBLE)
    name = models.SlugField(_("name"), max_length=100, unique=True)
    external_id = models.CharField(
        _("organization or workspace id"),
        max_length=100,
        help_text=_("The id of the Aptible organization, or of the Slack workspace (T…)."),
    )
    # Of Aptible.
    username_secret = models.ForeignKey(
        Secret, verbose_name=_("bot e-mail"), on_delete=models.PROTECT, related_name="username_of",
        null=True, blank=True,
    )  # fmt: skip
    password_secret = models.ForeignKey(
        Secret, verbose_name=_("bot password"), on_delete=models.PROTECT, related_name="password_of",
        null=True, blank=True,
    )  # fmt: skip
    # Of Slack. What is empty here comes from the environment.
    bot_token_secret = models.ForeignKey(
        Secret, verbose_name=_("bot token"), on_delete=models.PROTECT, related_name="bot_token_of",
        null=True, blank=True, help_text=_("Starts with xoxb-. Empty: SLACK_BOT_TOKEN."),
    )  # fmt: skip
    signing_secret = models.ForeignKey(
        Secret, verbose_name=_("signing secret"), on_delete=models.PROTECT, related_name="signing_of",
        null=True, blank=True, help_text=_("Slack signs with it what it sends. Empty: SLACK_SIGNING_SECRET."),
    )  # fmt: skip
    app_token_secret = models.ForeignKey(
        Secret, verbose_name=_("app-level token"), on_delete=models.PROTECT, related_name="app_token_of",
        null=True, blank=True,
        help_text=_("Starts with xapp-, for Socket Mode only. Empty: SLACK_APP_TOKEN."),
    )  # fmt: skip
    fallback_role_id = models.CharField(
        _("fallback role"),
        max_length=100,
        blank=True,
        help_text=_(
            "Added before a person's last role is taken away, because Aptible removes people without any role."
        ),
    )
    sync_every = models.PositiveIntegerField(_("sync every (seconds)"), default=600, validators=[MinValueValidator(60)])

    # What happened last, written by the services only.
    synced_at = models.DateTimeField(_("last sync"), null=True, editable=False)
    # When its members were last held against the grants.
    reconciled_at = models.DateTimeField(_("last reconcile"), null=True, editable=False)
    # Whether the bot could take somebody out right now, as it was last tried.
    canary_due_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)
    canary_at = models.DateTimeField(_("last tried"), null=True, editable=False)
    canary_failures = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    canary_trouble = models.TextField(_("what it could not do"), blank=True, default="", db_default="", editable=False)
    # Of Slack: by what name which secret had which fingerprint when it was last read; see notify/slack/secrets_seen.py.
    secrets_seen = models.JSONField(null=True, editable=False)
    # The account that the bot signs in with, as the last sync found it. It is never a person's.
    bot_account_id = models.CharField(max_length=100, blank=True, default="", db_default="", editable=False)
    due_at = models.DateTimeField(_("next sync"), default=timezone.now, editable=False, db_index=True)
    attention = models.TextField(_("needs attention"), blank=True, editable=False)
    attention_since = models.DateTimeField(null=True, editable=False)
    # Why nobody could be listed the last time, since when, and when the log last said so.
    unreachable = models.TextField(blank=True, default="", db_default="", editable=False)
    unreachable_since = models.DateTimeField(null=True, editable=False)
    unreachable_said_at = models.DateTimeField(null=True, editable=False)
    # Until when Aptible asked for a pause: of every call, by any process.
    paused_until = models.DateTimeField(null=True, editable=False)
    # By when all calls that were booked have had their turn; see directory/pace.py.
    calls_until = models.DateTimeField(null=True, editable=False)
    # The credentials that Aptible refused: they are not tried again before `login_retry_at`, or ever if that is empty.
    refused_fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    login_retry_at = models.DateTimeField(null=True, editable=False)
    # How often in a row the sign-in failed in a way that says nothing of the credentials.
    login_failures = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        verbose_name = _("integration")
        verbose_name_plural = _("integrations")
        constraints = [
            models.UniqueConstraint(fields=["type", "external_id"], name="one_integration_per_organization"),
            models.UniqueConstraint(
                fields=["type"],
                condition=Q(type="slack"),
                name="one_slack_workspace",
                violation_error_message=_("There is a Slack workspace already, and there can be only one."),
            ),
            models.CheckConstraint(
                condition=~Q(type="aptible") | Q(username_secret__isnull=False, password_secret__isnull=False),
                name="aptible_has_credentials",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]
        self.external_id = self.external_id.strip().lower()
        self.fallback_role_id = self.fallback_role_id.strip().lower()
        super().save(*args, **kwargs)

    def is_bot(self, account_id: str) -> bool:
        """Whether this is the account of the portal's own bot, as far as it is known."""
        return bool(account_id) and account_id.strip().lower() == self.bot_account_id

    @property
    def sign_in(self) -> tuple[Secret, Secret]:
        """The e-mail and the password of Aptible's bot. Raises LookupError for another type."""
        if self.username_secret is None or self.password_secret is None:
            raise LookupError(f"{self.name} has no sign-in.")
        return self.username_secret, self.password_secret
