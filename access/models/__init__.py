"""Every table of the product, a file for each subject. Others import from here, not from the files.

May import: core.
"""

from access.models.access_review import AccessReview, AccessReviewRow
from access.models.activity import GrantActivity, Operation
from access.models.after_review import AfterReview
from access.models.audit import AuditEvent, AuditHead, AuditSeal
from access.models.audit_check import AnchorPlace, AuditCheck
from access.models.declared import Declared
from access.models.delegation import Delegation
from access.models.device_login import DeviceLogin
from access.models.directory import (
    DirectoryEnvironment,
    DirectoryMembership,
    DirectoryPermission,
    DirectoryPerson,
    DirectoryRole,
)
from access.models.fast_track import FastTrackRule
from access.models.finding import Finding
from access.models.flow import Flow, Strategy, Target
from access.models.grant import Grant
from access.models.integration import Integration, Secret
from access.models.mapping import UserMapping
from access.models.measure import Measure
from access.models.notification import Channel, Kind, LogReader, MutedTopic, Notification, Topic
from access.models.passkey import Challenge, Passkey
from access.models.policy import Group, Pool, Stage
from access.models.prompt import PromptField
from access.models.proposal import Proposal
from access.models.provisioned import ProvisionedGroup, ProvisionedPerson
from access.models.report import ReportFigures, ReportMonth
from access.models.request import AccessRequest, Asked, Decision
from access.models.schedule import OnCall, Schedule, Shift, Turn, WorkingHours
from access.models.sign_in import SignInAttempt
from access.models.slack import Announcement, SlackPost
from access.models.slack_delivery import SlackDelivery, SlackHome
from access.models.stream import EventLog, Webhook
from access.models.token import KeptAnswer, Scope, Token
from access.models.user import User
from access.models.worker import Worker

__all__ = [
    "AccessRequest",
    "AccessReview",
    "AccessReviewRow",
    "AfterReview",
    "AnchorPlace",
    "Announcement",
    "Asked",
    "AuditCheck",
    "AuditEvent",
    "AuditHead",
    "AuditSeal",
    "Challenge",
    "Channel",
    "Decision",
    "Declared",
    "Delegation",
    "DeviceLogin",
    "DirectoryEnvironment",
    "DirectoryMembership",
    "DirectoryPermission",
    "DirectoryPerson",
    "DirectoryRole",
    "EventLog",
    "FastTrackRule",
    "Finding",
    "Flow",
    "Grant",
    "GrantActivity",
    "Group",
    "Integration",
    "KeptAnswer",
    "Kind",
    "LogReader",
    "Measure",
    "MutedTopic",
    "Notification",
    "OnCall",
    "Operation",
    "Passkey",
    "Pool",
    "PromptField",
    "Proposal",
    "ProvisionedGroup",
    "ProvisionedPerson",
    "ReportFigures",
    "ReportMonth",
    "Schedule",
    "Scope",
    "Secret",
    "Shift",
    "SignInAttempt",
    "SlackDelivery",
    "SlackHome",
    "SlackPost",
    "Stage",
    "Strategy",
    "Target",
    "Token",
    "Topic",
    "Turn",
    "User",
    "UserMapping",
    "Webhook",
    "Worker",
    "WorkingHours",
]
