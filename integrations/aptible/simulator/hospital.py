"""The announcement's organization with more people and roles, for a demo that shows more than its one flow."""

from typing import Final

from integrations.aptible.simulator import seed

JON, MIA, RITA = "jon@example.com", "mia@example.com", "rita@example.com"
SARA, KEN = "sara@example.com", "ken@example.com"
PEOPLE: Final = {**seed.PEOPLE, MIA: "Mia Torres", SARA: "Sara Lind", KEN: "Ken Osei"}
ROLES: Final = {
    **seed.ROLES,
    "Everyone": ("platform_user", list(PEOPLE)),
    # Jon can be seen to come into it.
    "Staging": ("platform_user", [RITA]),
    "Patient Data": ("platform_user", []),
    "EHR": ("platform_user", []),
    "Clinic Support": ("platform_user", [MIA]),
}
ENVIRONMENTS: Final = {**seed.ENVIRONMENTS, "patient-records": ("production", 103), "clinics": ("production", 104)}
PERMISSIONS: Final = (
    *seed.PERMISSIONS,
    ("Patient Data", "patient-records", ("tunnel",)),
    ("EHR", "patient-records", ("deploy", "tunnel", "observability")),
    ("Clinic Support", "clinics", ("tunnel", "observability")),
)


def hospital(password: str = seed.PASSWORD) -> seed.Seed:
    """The announcement's organization, and roles for patient data, the health record and the clinics in it."""
    return seed.organization(PEOPLE, ROLES, ENVIRONMENTS, PERMISSIONS, password=password)
