"""What each type of resource may say: its arguments and blocks, and what of them has no meaning here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from integrations.terraform.problems import did_you_mean


class Kind(Enum):
    """What an argument takes."""

    STRING = "a string"
    NUMBER = "a number"
    BOOL = "true or false"
    STRINGS = "a list of strings"
    DURATION = 'a duration, such as "1h" or a number of seconds'
    DURATIONS = 'a list of durations, such as ["30m", "1h"]'
    SCALAR = "a string, a number, or true or false"
    SCALARS = "a list of strings or numbers"
    MAP = "a map"
    ID = "the id of another resource"
    IDS = "a list of ids of other resources"


@dataclass(frozen=True)
class Argument:
    kind: Kind
    required: bool = False
    of: str = ""  # the type of resource that an id is of
    note: str = ""  # why it has no meaning here; empty when it has one


@dataclass(frozen=True)
class Shape:
    """What may stand in a resource or a block."""

    arguments: Mapping[str, Argument]
    sections: Mapping[str, "Shape"] = field(default_factory=dict)
    at_most_once: bool = False
    labels: int = 0
    note: str = ""  # why the whole of it has no meaning here


def _string(*, required: bool = False, note: str = "") -> Argument:
    return Argument(Kind.STRING, required, note=note)


_NAME: Final = _string(required=True)
_TEXT: Final = _string()
_FLAG: Final = Argument(Kind.BOOL)
_COUNT: Final = Argument(Kind.NUMBER)
_TIME: Final = Argument(Kind.DURATION)
_WORDS: Final = Argument(Kind.STRINGS)
_MAP: Final = Argument(Kind.MAP)
_CODE: Final = _string(note="Python is not run here")

_PROMPT_FIELD: Final = Shape(
    {
        "name": _NAME, "type": _NAME, "label": _TEXT, "help": _TEXT, "required": _FLAG, "visible": _FLAG,
        "default": Argument(Kind.SCALAR), "allowed_values": Argument(Kind.SCALARS),
        "shown_if": Argument(Kind.MAP),
        "prefetch": Argument(Kind.BOOL, note="options come from allowed_values here"),
        "on_change": _string(note="use shown_if"),
    }
)  # fmt: skip
_PARAMS: Final = Shape(
    {
        "strategy_id": Argument(Kind.ID, of="sym_strategy"),
        "allow_revoke": Argument(Kind.BOOL, note="access can always be ended early here"),
        "schedule_deescalation": Argument(Kind.BOOL, note="access always ends by itself here"),
        "include_decision_message": Argument(Kind.BOOL, note="approvers can always comment here"),
        "allowed_sources": _WORDS,  # accepted where it limits nothing
        "additional_header_text": _TEXT,
        "allow_guest_interaction": _FLAG,
    },
    {"prompt_field": _PROMPT_FIELD},
    at_most_once=True,
)
_POOL: Final = Shape({"people": _WORDS, "groups": _WORDS, "managers": _FLAG, "requesters": _FLAG, "after": _TIME})
_STAGE: Final = Shape(
    {"label": _TEXT, "needed": _COUNT, "people": _WORDS, "groups": _WORDS, "managers": _FLAG, "requesters": _FLAG},
    {"pool": _POOL},
)
_FAST_TRACK: Final = Shape(
    {
        "effect": _TEXT, "reason": _NAME, "in_group": _TEXT, "not_in_group": _TEXT,
        "on_call": _TEXT, "not_on_call": _TEXT, "held_times": _COUNT, "held_days": _COUNT,
        "risk_at_most": _TEXT, "risk_at_least": _TEXT, "within_hours": _TEXT, "outside_hours": _TEXT,
    }
)  # fmt: skip
_ANNOUNCE: Final = Shape({"to": _TEXT, "channel": _TEXT, "timeout": _TIME})
_BREAK_GLASS: Final = Shape({"at_most": _TIME, "review_within": _TIME}, at_most_once=True)

_SHAPES: Final[dict[str, Shape]] = {
    "sym_integration": Shape(
        {"type": _NAME, "name": _NAME, "external_id": _NAME, "label": _TEXT, "settings": _MAP}
    ),
    "sym_secrets": Shape({"type": _NAME, "name": _NAME, "label": _TEXT, "settings": _MAP}),
    "sym_secret": Shape(
        {
            "source_id": Argument(Kind.ID, required=True, of="sym_secrets"),
            "path": _NAME, "name": _TEXT, "label": _TEXT, "settings": _MAP,
        }
    ),
    "sym_target": Shape(
        {
            "type": _NAME, "name": _NAME, "label": _TEXT, "settings": _MAP, "risk": _TEXT, "max_duration": _TIME,
            "outsiders": _TEXT, "outsiders_grace": _TIME, "open_sessions": _TEXT,
            "integration_id": Argument(Kind.ID, of="sym_integration"),
            "field_bindings": Argument(Kind.STRINGS, note="a target has one role here"),
        }
    ),
    "sym_strategy": Shape(
        {
            "type": _NAME, "name": _NAME, "label": _TEXT,
            "integration_id": Argument(Kind.ID, of="sym_integration"),
            "targets": Argument(Kind.IDS, required=True, of="sym_target"),
            "settings": Argument(Kind.MAP, note="the integration has them here"), "implementation": _CODE,
        }
    ),
    "sym_flow": Shape(
        {
            "name": _NAME, "label": _TEXT, "description": _TEXT, "implementation": _CODE,
            "environment_id": Argument(Kind.ID, of="sym_environment", note="a flow needs no environment here"),
            "vars": Argument(Kind.MAP, note="Python is not run here"),
            "approve_with_passkey": _FLAG, "break_glass_passkey": _FLAG, "keeps_commands": _FLAG,
            "requesters": _WORDS, "stand_ins": _WORDS, "self_approval": _FLAG, "allow_assistants": _FLAG,
            "announce_only": _FLAG,
            "pending_timeout": _TIME, "free_extension": _TIME,
            "durations": Argument(Kind.DURATIONS), "default_duration": _TIME, "reason_example": _TEXT,
            "reason_min_length": _COUNT, "ticket_pattern": _TEXT, "ticket_example": _TEXT, "ticket_url": _TEXT,
            "active": _FLAG,
        },
        {
            "params": _PARAMS, "stage": _STAGE, "fast_track": _FAST_TRACK,
            "break_glass": _BREAK_GLASS, "announce": _ANNOUNCE,
        },
    ),
    "sym_environment": Shape(
        {
            "name": _NAME, "label": _TEXT, "runtime_id": _TEXT, "integrations": _MAP,
            "error_logger_id": Argument(Kind.ID, of="sym_error_logger"),
            "log_destination_ids": Argument(Kind.IDS, of="sym_log_destination"),
        },
        note="flows need no environment here",
    ),
    "sym_error_logger": Shape(
        {"integration_id": Argument(Kind.ID, required=True, of="sym_integration"), "destination": _NAME},
        note="admins are told of trouble by mail and on the home page",
    ),
    "sym_log_destination": Shape(
        {"type": _NAME, "integration_id": Argument(Kind.ID, of="sym_integration"), "settings": _MAP},
        note="the event stream is set up in the admin",
    ),
    "sym_flows_filter": Shape(
        {"implementation": _CODE, "vars": _MAP, "integrations": _MAP}, note="set requesters on each flow"
    ),
    "sym_runtime": Shape({"name": _NAME, "label": _TEXT, "context_id": _TEXT}, note="there is no runtime here"),
}  # fmt: skip

SHAPES: Final[Mapping[str, Shape]] = _SHAPES
_SECRET_ID: Final = Argument(Kind.ID, required=True, of="sym_secret")

# What the settings of a resource with this `type` may hold. A type that is not here is not known.
SETTINGS: Final[Mapping[str, Mapping[str, Mapping[str, Argument]]]] = {
    "sym_integration": {
        "aptible": {
            "username_secret": _SECRET_ID,
            "password_secret": _SECRET_ID,
            "fallback_role_id": _TEXT,
            "sync_every": _TIME,
        },
        "pagerduty": {"api_token_secret": _SECRET_ID},
        "slack": {},
        "permission_context": {},
    },
    "sym_strategy": {"aptible": {}},
    "sym_target": {"aptible_role": {"role_id": _NAME, "owner_role_is_meant": _FLAG}},
    "sym_secrets": {
        "env": {},
        "file": {},
        "stored": {},
        "aws_secrets_manager": {"region": _TEXT, "context_id": _string(note="AWS is reached by its own configuration")},
    },
}
# Why a resource with this `type` changes nothing here.
NOTES: Final[Mapping[str, Mapping[str, str]]] = {
    "sym_integration": {
        "pagerduty": "each schedule has its own access to PagerDuty here",
        "slack": "messages to Slack are set up in the portal's settings",
        "permission_context": "AWS is reached by its own configuration in the portal's environment",
    },
}


def is_foreign(type_: str) -> bool:
    """Whether a type is of another provider, and so somebody else's to set up; what is nearly one of ours is not."""
    return type_ not in SHAPES and not type_.startswith("sym") and not did_you_mean(type_, list(SHAPES))


def note(type_: str, kind: object) -> str:
    """Say why a resource of this type and with this `type` changes nothing here; empty when it does."""
    return SHAPES[type_].note or NOTES.get(type_, {}).get(str(kind), "")
