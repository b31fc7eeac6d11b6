"""The one list of what decides who gets in. Only admins change any of it, whatever rights somebody was given."""

from collections.abc import Mapping
from typing import Final

# Each table by its name, and what of the decision is in it. `docs/security.md` prints this.
DECIDES: Final[Mapping[str, str]] = {
    "announcement": "where a flow's requests are announced",
    "declared": "which rows are kept in files or through the API",
    "delegation": "who decides for somebody who is away; people set their own",
    "fasttrackrule": "a flow's fast track",
    "flow": "flows: who may ask, for how long, break-glass, what is served",
    "group": "groups and who is in them",
    "integration": "integrations: which organization or workspace, with which secrets",
    "oncall": "who is on call",
    "pool": "the pools of a stage: who approves",
    "promptfield": "a flow's own fields",
    "schedule": "schedules of who is on call",
    "secret": "secrets: the bot's sign-in, Slack's token and signing secret",
    "shift": "the shifts of a schedule",
    "stage": "the stages of a flow: how many approve",
    "strategy": "strategies: which targets an integration gives",
    "target": "targets: which role is given",
    "turn": "the turns of a schedule",
    "user": "people: their e-mails, managers, passwords and rights",
    "usermapping": "user mappings: whose account at Aptible or in Slack is whose",
    "webhook": "webhooks: who is told of every event",
    "workinghours": "working hours, for fast track",
}
# What people keep of their own, and nobody for them.
OWN: Final = frozenset({"mutedtopic", "passkey", "token"})
# What only Usher's services write, as things happen, and nobody by hand.
WRITTEN: Final = frozenset(
    {
        "accessrequest", "accessreview", "accessreviewrow",
        "afterreview", "anchorplace", "asked", "auditcheck", "auditevent", "audithead",
        "auditseal", "challenge", "decision", "devicelogin", "directoryenvironment",
        "directorymembership", "directorypermission",
        "directoryperson", "directoryrole", "eventlog", "finding", "grant", "grantactivity", "keptanswer",
        "logreader", "measure", "operation",
        "notification", "proposal", "provisionedgroup", "provisionedperson", "reportfigures", "reportmonth",
        "signinattempt", "slackdelivery", "slackhome", "slackpost", "worker",
    }
)  # fmt: skip


def is_locked(perm: str) -> bool:
    """Whether this right changes what decides, which files alone do where the set-up is locked: `SETUP=files`."""
    verb, _underscore, table = perm.removeprefix("access.").partition("_")
    return verb != "view" and table in DECIDES


def may_be_given(perm: str) -> bool:
    """Whether somebody who is no admin can be given this right: to look at a table, and nothing else."""
    return perm.startswith("access.view_")
