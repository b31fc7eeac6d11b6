"""What the simulated Aptible keeps. Ids of the Auth API are lower-case UUIDs, ids of the Deploy API numbers."""

from dataclasses import dataclass


@dataclass
class Organization:
    id: str
    name: str
    created_at: float


@dataclass
class Role:
    id: str
    organization_id: str
    name: str
    type: str
    scim_created: bool
    created_at: float


@dataclass
class Person:
    id: str
    number: int  # the id shown while the switch `numeric_user_ids` is on
    email: str
    name: str
    verified: bool
    created_at: float


@dataclass
class Membership:
    id: str
    role_id: str
    person_id: str
    privileged: bool
    created_at: float
    updated_at: float


@dataclass
class Environment:
    id: int
    organization_id: str
    handle: str
    type: str  # "production" or "development"
    created_at: float


@dataclass
class Resource:
    """An app, a database or what else an operation is done on."""

    id: int
    kind: str  # "apps", "databases", ...: its part of the address
    environment_id: int
    handle: str


@dataclass
class Operation:
    id: int
    environment_id: int
    resource_id: int
    type: str
    status: str
    created_at: float
    updated_at: float
    user_email: str
    user_name: str
    command: str
    cancelled: bool = False


@dataclass
class Permission:
    id: int
    role_id: str
    environment_id: int
    scope: str
