"""What an operation at Aptible is called, in words: a table, for every face that tells it."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SESSION: Final = "execute"
NOISE: Final = frozenset({"poll"})
WORDS: Final[Mapping[str, str | Promise]] = {
    "execute": gettext_lazy("Opened an SSH session on %(what)s"),
    "tunnel": gettext_lazy("Opened a tunnel to %(what)s"),
    "logs": gettext_lazy("Read the logs of %(what)s"),
    "show": gettext_lazy("Looked at secret values of %(what)s"),
    "deploy": gettext_lazy("Deployed %(what)s"),
    "rebuild": gettext_lazy("Rebuilt %(what)s"),
    "configure": gettext_lazy("Changed the configuration of %(what)s"),
    "restart": gettext_lazy("Restarted %(what)s"),
    "reload": gettext_lazy("Reloaded %(what)s"),
    "scale": gettext_lazy("Scaled %(what)s"),
    "backup": gettext_lazy("Made a backup of %(what)s"),
    "copy": gettext_lazy("Copied %(what)s"),
    "clone": gettext_lazy("Copied %(what)s"),
    "provision": gettext_lazy("Provisioned %(what)s"),
    "deprovision": gettext_lazy("Deprovisioned %(what)s"),
    "purge": gettext_lazy("Purged %(what)s"),
    "evacuate": gettext_lazy("Evacuated %(what)s"),
    "replicate": gettext_lazy("Made a replica of %(what)s"),
    "replicate_logical": gettext_lazy("Made a replica of %(what)s"),
}
KINDS: Final[Mapping[str, str | Promise]] = {
    "apps": gettext_lazy("app"),
    "databases": gettext_lazy("database"),
    "services": gettext_lazy("service"),
    "vhosts": gettext_lazy("endpoint"),
    "log_drains": gettext_lazy("log drain"),
    "metric_drains": gettext_lazy("metric drain"),
    "database_credentials": gettext_lazy("database credential"),
}


def sentence(type_: str, *, kind: str, name: str) -> str:
    """Say what was done, without a stop: the status and the place follow it."""
    what = f"{KINDS.get(kind, kind.replace('_', ' '))} {name}".strip() or _("something")
    template = WORDS.get(type_)
    if template is None:
        return _("Did “%(type)s” on %(what)s") % {"type": type_.replace("_", " "), "what": what}
    return str(template) % {"what": what}
