"""People of the portal. The e-mail is the sign-in, compared without regard to case."""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.core import admin_only
from access.core.prepared import prepared
from integrations.bidi import isolated

FILES: Final = "files"  # the value of SETUP that locks the set-up
LARGEST_KEY: Final = 64  # bits, with the sign


class UserManager(BaseUserManager["User"]):
    def get(self, *args: Any, **wanted: Any) -> "User":
        """By the primary key alone, as every page looks for whoever is signed in, by a question that is kept.

        Managers of what belongs to a row are made of this class, and know more that has to hold.
        """
        pk = wanted.get("pk")
        if args or len(wanted) > 1 or type(pk) is not int or type(self) is not UserManager or self._db:
            return super().get(*args, **wanted)
        found = _by_key(pk) if pk.bit_length() < LARGEST_KEY else []
        if not found:
            raise self.model.DoesNotExist("There is no such person.")
        return found[0]

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a person. Without a password they can only sign in by another way."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username or "")


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Only active people can sign in, ask or decide.")
    )
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    is_auditor = models.BooleanField(
        _("is an auditor"), default=False, db_default=False, help_text=_("Auditors read everything and change nothing.")
    )
    is_bot = models.BooleanField(
        _("is a bot"),
        default=False,
        db_default=False,
        help_text=_("Bots cannot sign in. Admins issue API tokens for them."),
    )
    manager = models.ForeignKey(
        "self", verbose_name=_("manager"), on_delete=models.SET_NULL, related_name="reports", null=True, blank=True,
        help_text=_("Flows can ask a person's manager to decide."),
    )  # fmt: skip
    on_call_email = models.EmailField(
        _("e-mail in PagerDuty"), blank=True, default="", db_default="",
        help_text=_("Where PagerDuty knows the person by another address than the one above."),
    )  # fmt: skip
    # In which zone times are told: the one that was chosen, or that of the browser in which they were here last.
    zone = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    browser_zone = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    # Whether single keys do something: who speaks to their browser does without.
    single_keys = models.BooleanField(default=True, db_default=True, editable=False)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    # When a sign-in last said in which of the provider's groups they are. Other sign-ins say nothing of it.
    groups_said_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    NAMED_BY: ClassVar[Sequence[str]] = ("email",)  # what prepared queries may ask besides who it is and their rights

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]  # `createsuperuser` asks for it

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_person_per_email_in_any_case"),
            models.UniqueConstraint(
                Lower("on_call_email"),
                name="one_person_per_email_in_pagerduty",
                condition=~Q(on_call_email=""),
                violation_error_message=_("Another person has this e-mail in PagerDuty."),
            ),
            models.CheckConstraint(
                condition=~Q(is_superuser=True, is_auditor=True),
                name="nobody_sets_up_what_they_audit",
                violation_error_message=_("An auditor changes nothing, so nobody is an auditor and a superuser."),
            ),
            models.CheckConstraint(condition=Q(manager=None) | ~Q(manager=F("id")), name="nobody_is_their_own_manager"),
        ]

    def __str__(self) -> str:
        """What they are called, as it can stand within a sentence."""
        return isolated(self.called)

    @property
    def called(self) -> str:
        """What they are called, as it was written."""
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Whoever joins is in the groups that everybody is in, but for bots."""
        joins = self._state.adding and not self.is_bot
        super().save(*args, **kwargs)
        if joins:
            self.member_of.add(*self.member_of.model.objects.filter(everybody=True))

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()
        self.on_call_email = self.on_call_email.strip().lower()

    @property
    def time_zone(self) -> str:
        """The name of the zone in which they are told times, such as Europe/Prague."""
        return self.zone or self.browser_zone or "UTC"

    @property
    def is_admin(self) -> bool:
        """Admins configure the portal and may end any grant."""
        return self.is_active and self.is_superuser

    @property
    def sets_up(self) -> bool:
        """Whether they may change by hand what decides who gets in: nobody may where files alone do."""
        return self.is_admin and settings.SETUP != FILES

    @property
    def opens_admin(self) -> bool:
        """Whether the admin lets them in: auditors may look at everything there."""
        return self.is_active and (self.is_staff or self.is_auditor)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Only admins change anything: an auditor may look at every table, others where they were given the right.

        With `SETUP=files` no admin changes by hand what decides who gets in.
        """
        if not (self.is_superuser or admin_only.may_be_given(perm)):
            return False
        if settings.SETUP == FILES and admin_only.is_locked(perm):
            return False
        return self.is_active if self.is_auditor else bool(super().has_perm(perm, obj))

    def has_module_perms(self, app_label: str) -> bool:
        if self.is_auditor:
            return self.is_active and app_label == "access"
        return bool(super().has_module_perms(app_label))

    @property
    def reads_all(self) -> bool:
        """Admins and auditors see every request, grant and audit event."""
        return self.is_active and (self.is_superuser or self.is_auditor)

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return isolated(self.called.split()[0])


@prepared
def _by_key(pk: int) -> models.QuerySet[User]:
    return User.objects.filter(pk=pk)
