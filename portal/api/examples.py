"""A whole example of everything that is sent and answered, by the name of its schema. A test holds each against it."""

from collections.abc import Mapping
from typing import Any, Final

_JON: Final = {"email": "jon@example.com", "name": "Jon Miller"}
_ADAM: Final = {"email": "adam@example.com", "name": "Adam Novak"}
_CURSOR: Final = "Ui03SzNRRjpzOTJf"
_DECISION: Final = {
    "by": _ADAM, "on_behalf_of": None, "verdict": "approve", "comment": "For the incident.", "place": "web",
    "at": "2026-01-05T12:03:10Z",
}  # fmt: skip
_HELD: Final = {
    "ref": "G-2MWXD", "state": "active", "confirmed_at": "2026-01-05T12:03:12Z", "ends_at": "2026-01-05T13:03:12Z",
    "ended_at": None,
}  # fmt: skip
_ANSWER: Final = {"name": "system", "label": "System", "type": "string", "value": "billing"}
_REQUEST: Final = {
    "ref": "R-7K3QF", "url": "https://usher.example.com/requests/R-7K3QF/", "state": "approved", "path": "people",
    "flow": "production-access", "target": "prod", "requester": _JON, "assistant": "", "duration": 3600,
    "approved_duration": None, "reason": "To fix ticket 123", "ticket": "OPS-123", "fields": [_ANSWER],
    "starts_at": None, "created_at": "2026-01-05T12:00:00Z", "settled_at": "2026-01-05T12:03:10Z", "lapses_at": None,
    "decisions": [_DECISION], "grant": _HELD,
}  # fmt: skip
_GRANT: Final = {
    **_HELD, "person": _JON, "target": "prod", "requests": ["R-7K3QF"], "duration": 3600,
    "starts_at": "2026-01-05T12:03:10Z", "due_to_end_at": "2026-01-05T13:03:12Z", "end_reason": "", "ended_by": "",
    "ended_by_id": None, "ended_by_called": "", "standing": False, "not_verified": False, "trouble": "",
}  # fmt: skip
_TOLD: Final = {
    "seq": 42, "at": "2026-01-05T12:03:10.000000Z", "actor": "adam@example.com", "type": "request.approved",
    "request": "R-7K3QF", "grant": "", "subject": "target:prod", "text": "adam@example.com approved.",
    "data": {"comment": "For the incident.", "place": "web"}, "actor_id": 3, "actor_name": "Adam Novak",
    "person_id": 7, "previous": "51c1e4" + 29 * "0a", "hash": "8c2f5ce8a5b14df0a2a9a16b3c54c0de" + 16 * "0b",
    "format": 2,
}  # fmt: skip
# Without questions: spectral takes one, which has a `type` and a `default`, for a schema of its own.
_FLOW: Final = {
    "name": "production-access", "label": "Production access", "description": "For incidents and releases.",
    "targets": ["prod"], "durations": [1800, 3600], "default_duration": 3600,
    "reason_example": "To fix ticket 123", "reason_min_length": 5, "ticket_pattern": "OPS-[0-9]+",
    "ticket_example": "OPS-123", "break_glass": False, "fields": [],
}  # fmt: skip
_OPENING: Final = {"environment": "prod-db", "permissions": ["deploy", "tunnel"]}
_TARGET: Final = {
    "name": "prod", "label": "Prod", "risk": "high", "longest": 3600, "flows": ["production-access"],
    "opens_everything": False, "opens": [_OPENING],
}  # fmt: skip
_TOKEN: Final = {
    "ref": "T-7K3QF", "label": "Jon's laptop", "scopes": ["read", "ask"], "expires_at": "2026-04-05T12:00:00Z"
}  # fmt: skip
_LATER: Final = {"after": 900, "people": [{"email": "rita@example.com", "name": "Rita Sommer"}]}
_STAGE: Final = {"name": "Security", "approvals_needed": 1, "at_once": [_ADAM], "later": [_LATER]}
_ROW: Final = {
    "type": "sym_target", "name": "prod", "kept_by": "api", "warnings": [],
    "arguments": {"type": "aptible_role", "label": "Prod", "risk": "high", "settings": {"role_id": "24463ef7-1a2b"}},
}  # fmt: skip
_STEP: Final = {
    "type": "sym_target", "name": "prod", "arguments": _ROW["arguments"], "if_match": "", "if_none_match": "*",
}  # fmt: skip
_REVIEW: Final = {
    "ref": "V-7K3QF", "url": "https://usher.example.com/access-reviews/V-7K3QF/", "title": "Third quarter",
    "state": "open", "reviewers": "approvers", "group": "", "targets": ["prod"], "every_target": False,
    "started_at": "2026-01-05T12:00:00Z", "started_by": _ADAM, "deadline": "2026-01-19T12:00:00Z", "closed_at": None,
    "closed_by": None, "comment": "",
    "rows": {"waiting": 3, "kept": 1, "removing": 0, "removed": 1, "left_in": 0, "dropped": 0},
}  # fmt: skip
_REVIEWED: Final = {
    "target": "prod", "person": _JON, "account": "jon@example.com", "account_id": "5f2b1c3d-1a2b", "grant": "",
    "state": "removed", "joined_at": "2026-01-05T12:00:00Z", "decided_at": "2026-01-06T09:00:00Z", "decided_by": _ADAM,
    "why": "He has left the team.", "settled_at": "2026-01-06T09:00:03Z", "result": "",
}  # fmt: skip

EXAMPLES: Final[Mapping[str, Any]] = {
    "Person": _JON,
    "DecisionOut": _DECISION,
    "GrantState": _HELD,
    "AnswerOut": _ANSWER,
    "RequestOut": _REQUEST,
    "GrantOut": _GRANT,
    "EventOut": _TOLD,
    "Event": {"schema": 1, "id": "evt_8c2f5ce8a5b14df0a2a9a16b3c54c0de", **_TOLD},
    "FlowOut": _FLOW,
    "Opening": _OPENING,
    "TargetOut": _TARGET,
    "TokenOut": _TOKEN,
    "Me": {**_JON, "is_admin": False, "is_auditor": False, "is_bot": False, "token": _TOKEN},
    "Requests": {"items": [_REQUEST], "next_cursor": _CURSOR},
    "Grants": {"items": [_GRANT], "next_cursor": None},
    "AccessReviewOut": _REVIEW,
    "AccessReviewRowOut": _REVIEWED,
    "AccessReviews": {"items": [_REVIEW], "next_cursor": None},
    "AccessReviewRows": {"items": [_REVIEWED], "next_cursor": None},
    "Events": {"items": [_TOLD], "next_cursor": "NDI"},
    "Flows": {"items": [_FLOW]},
    "Targets": {"items": [_TARGET]},
    "Rows": {"items": [_ROW]},
    "RowOut": _ROW,
    "Step": _STEP,
    "DryRun": {"steps": [_STEP], "online": False},
    "Judged": {"warnings": []},
    "Later": _LATER,
    "Stage": _STAGE,
    "Outlook": {
        "blocked": {}, "path": "people", "decides": "Needs 1 approval of Security.", "approvals_needed": 1,
        "stages": [_STAGE],
    },
    "Ask": {
        "flow": "production-access", "target": "prod", "duration": "1h", "reason": "To fix ticket 123",
        "ticket": "OPS-123", "starts_at": None, "fields": {"system": "billing"}, "break_glass": False, "assistant": "",
    },
    "Decide": {"comment": "For the incident.", "duration": "30m"},
    "Comment": {"comment": "Not during the audit."},
    "Nothing": {},
    "Problem": {
        "type": "https://usher.example.com/problems/#wrong-input", "title": "Something that was sent is wrong",
        "status": 400, "detail": "Say why you need it.", "errors": {"reason": "Say why you need it."},
    },
}  # fmt: skip
