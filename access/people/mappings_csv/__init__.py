"""User mappings as CSV files: ours out and in, the predecessor's in."""

from access.people.mappings_csv.carry_out import apply
from access.people.mappings_csv.compare import Change, Plan, plan
from access.people.mappings_csv.read import Remark
from access.people.mappings_csv.write import lines

__all__ = ["Change", "Plan", "Remark", "apply", "lines", "plan"]
