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
class Permission:
    id: int
    role_id: str
    environment_id: int
    scope: str
