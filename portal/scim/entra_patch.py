"""The library's reading of a PATCH, where a directory says more than the standard lets it."""

import json
from typing import Any

from scim2_models import PatchOp, ResourceType
from scim2_server.service import ScimService


class Service(ScimService):
    def read_patch(self, resource_type: ResourceType, body: bytes, content_type: str | None) -> "PatchOp[Any]":
        """Read who is to be taken out by their id alone, also where that is only the end of an address.

        Entra names members to remove as `{"$ref": null, "value": "…"}`, others with a name beside it. Compared with
        all of that, nobody would be found, and whoever left the group would stay in it with nobody being told.
        """
        return super().read_patch(resource_type, _by_id(body), content_type)


def _by_id(body: bytes) -> bytes:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return body  # refused by the library, in its words
    for name in said if isinstance(said, dict) else ():
        if name.lower() == "operations" and isinstance(said[name], list):
            said[name] = [_operation(one) for one in said[name]]
    return json.dumps(said).encode()


def _operation(one: Any) -> Any:
    if not isinstance(one, dict) or str(one.get("op")).lower() != "remove":
        return one
    value = one.get("value")
    if isinstance(value, dict):
        return {**one, "value": _entry(value)}
    return {**one, "value": [_entry(entry) for entry in value]} if isinstance(value, list) else one


def _entry(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    address = str(entry.get("$ref") or "")
    ref = entry.get("value") or address.rstrip("/").rpartition("/")[2]
    return {"value": ref} if ref else entry
