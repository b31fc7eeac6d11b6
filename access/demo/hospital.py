"""What a hospital's team has beside the announcement's plain flow. Written once; found again at the next start."""

from datetime import datetime, time, timedelta
from typing import Any, Final

from django.db import transaction

from access.config import plain_policy, record_changes
from access.core import prompts, rota
from access.demo import seed
from access.demo.rows import made
from access.models import (
    DirectoryRole,
    FastTrackRule,
    Flow,
    Group,
    Integration,
    Pool,
    Schedule,
    Strategy,
    Target,
    Turn,
    User,
)
from access.policy.prompts import set_fields

ENGINEERS: Final = "engineers"
SECURITY: Final = "security"
SCHEDULE: Final = "platform-on-call"
PATIENT_DATA: Final = "patient-data"
ON_CALL: Final = "staging-on-call"
RECORDS: Final = "record-system"
CLINICS: Final = "clinic-support"
DEPLOY: Final = "deploy"
EXPORT: Final = "records-export"


class Hospital:
    """Writes what is missing, and leaves what is there as it is."""

    def __init__(self, *, durations: list[int], now: datetime) -> None:
        self._by = User.objects.get(email=seed.OLGA)
        self._integration = Integration.objects.get(name=seed.INTEGRATION)
        self._durations, self._now = durations, now

    @transaction.atomic
    def seed(self) -> None:
        """Write the groups, the schedule and the flows. The organization has been read."""
        self._engineers = self._group(ENGINEERS, "Engineers", seed.JON, seed.ADAM, seed.MIA)
        self._security = self._group(SECURITY, "Security", seed.SARA, seed.KEN)
        self._two_stages()
        self._fast_track()
        self._break_glass()
        self._prompt_fields()
        self._approval_only()
        self._signed()

    def _two_stages(self) -> None:
        target = self._target("patient-data", "Patient Data", risk=Target.Risk.HIGH, max_seconds=4 * seed.HOUR)
        self._flow(
            PATIENT_DATA, target, self._lead_then_security, label="Protected health data",
            description="Looking into patients' records. A lead agrees first, then somebody of Security.",
            reason_example="to correct a merged record, as its doctor asked", reason_min_length=10,
        )  # fmt: skip

    def _lead_then_security(self, flow: Flow) -> None:
        flow.requesters.set([self._engineers])
        lead = flow.stages.create(label="Lead", position=1)
        lead.pools.create().people.set(_people(seed.ADAM))
        Pool.objects.create(stage=lead, after=30 * seed.MINUTE).people.set(_people(seed.RITA))
        flow.stages.create(label="Security", position=2).pools.create().groups.set([self._security])

    def _fast_track(self) -> None:
        if Flow.objects.filter(name=ON_CALL).exists():
            return
        target = Target.objects.get(name="staging")
        before = record_changes.facts(target)
        target.risk = Target.Risk.LOW
        target.save(update_fields=["risk"])
        record_changes.record_changed(target, before=before, by=self._by, now=self._now)
        self._flow(
            ON_CALL, target, self._rules, label="Staging on call", free_extension=30 * seed.MINUTE,
            description="Whoever is on call gets it at once. Other engineers ask.",
        )  # fmt: skip

    def _rules(self, flow: Flow) -> None:
        schedule = made(
            Schedule, SCHEDULE, by=self._by, now=self._now, fill=_take_turns, label="Platform", zone="UTC",
            first_day=(self._now - timedelta(days=1)).date(), hand_over=time(9),
        )  # fmt: skip
        rules = FastTrackRule.objects
        rules.create(
            flow=flow, position=1, effect=FastTrackRule.Effect.DENY, not_in_group=self._engineers,
            reason="Staging is for engineers.",
        )  # fmt: skip
        rules.create(
            flow=flow, position=2, schedule=schedule, risk_at_most=Target.Risk.LOW,
            reason="Whoever is on call must not wait.",
        )  # fmt: skip
        plain_policy.put(flow, _people(seed.ADAM, seed.RITA))

    def _break_glass(self) -> None:
        target = self._target("ehr", "EHR", risk=Target.Risk.HIGH)
        self._flow(
            RECORDS, target, self._plain, label="Record system", break_glass=True, break_glass_seconds=seed.HOUR,
            description="The electronic health record. When a ward is without it, break-glass gives it at once.",
            reason_example="the record is down on ward 3",
        )  # fmt: skip

    def _prompt_fields(self) -> None:
        target = self._target("clinic-support", "Clinic Support")
        self._flow(
            CLINICS, target, self._questions, label="Support for clinics",
            description="Working for one clinic. It asks which, and whether a patient's record will be seen.",
            reason_example="to find out why Lakeside's lab results are late",
        )  # fmt: skip

    def _questions(self, flow: Flow) -> None:
        self._plain(flow)
        seen = prompts.Field(
            "record_seen", prompts.Type.BOOL, "A patient's record will be seen", required=False, default=False
        )
        clinics = ("Lakeside", "Northgate", "St. Mary")
        questions = [
            prompts.Field("clinic", label="Which clinic?", allowed=clinics),
            prompts.Field("users", prompts.Type.INT, "How many people are affected?", required=False),
            seen,
            prompts.Field("record", label="Whose record?", help="Its number, never a name.", shown_if=seen.name),
            prompts.Field("agreed_with", prompts.Type.PERSON, "Which of the leads agreed?", shown_if=seen.name),
        ]
        set_fields.set_all(flow, questions)

    def _approval_only(self) -> None:
        made(
            Flow, DEPLOY, by=self._by, now=self._now, fill=self._plain, label="Release to production",
            allowed_durations=[], default_duration=0, ticket_pattern=r"REL-\d+",
            ticket_example="REL-42", reason_example="release 4.2",
            description="A second pair of eyes before a deploy. It gives no access.",
        )  # fmt: skip

    def _signed(self) -> None:
        made(
            Flow, EXPORT, by=self._by, now=self._now, fill=self._plain, label="Records export",
            allowed_durations=[], default_duration=0, approve_with_passkey=True,
            description="Patients' records leave the house. Whoever approves that signs it with a passkey.",
        )  # fmt: skip

    def _plain(self, flow: Flow) -> None:
        plain_policy.put(flow, _people(seed.ADAM, seed.RITA))

    def _group(self, name: str, label: str, *emails: str) -> Group:
        return made(
            Group, name, by=self._by, now=self._now, label=label, fill=lambda row: row.members.set(_people(*emails))
        )

    def _target(self, name: str, role: str, **fields: Any) -> Target:
        role_id = DirectoryRole.objects.get(integration=self._integration, name=role, gone_at=None).external_id
        return made(
            Target, name, by=self._by, now=self._now, label=role, integration=self._integration, role_id=role_id,
            **fields,
        )  # fmt: skip

    def _flow(self, name: str, target: Target, fill: Any, **fields: Any) -> Flow:
        """A flow with a strategy of its own, which serves this one target."""
        strategy = made(
            Strategy, f"{name}-strategy", by=self._by, now=self._now, integration=self._integration,
            fill=lambda row: row.targets.set([target]),
        )  # fmt: skip
        return made(
            Flow, name, by=self._by, now=self._now, fill=fill, strategy=strategy, allowed_durations=self._durations,
            default_duration=seed.HOUR, **fields,
        )  # fmt: skip


def on_call(*, now: datetime) -> str:
    """Name who is on call: Jon in the first week, and Mia in the next."""
    turn = rota.turn(Schedule.objects.get(name=SCHEDULE).plain(), now)
    return str(User.objects.get(pk=turn.person_id)) if turn.person_id else "nobody"


def _people(*emails: str) -> list[User]:
    return list(User.objects.filter(email__in=emails))


def _take_turns(schedule: Schedule) -> None:
    for position, email in enumerate((seed.JON, seed.MIA), 1):
        Turn.objects.create(schedule=schedule, position=position, person=User.objects.get(email=email))
