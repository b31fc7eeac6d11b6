"""One class for each type of resource, all of one making: a row of the portal, or nothing but its arguments."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tf.iface import (
    CreateContext,
    DeleteContext,
    ImportContext,
    ReadContext,
    Resource,
    UpdateContext,
    UpgradeContext,
)
from tf.schema import Schema
from tf.types import Unknown
from tf.utils import Diagnostics
from usher_client.api import Answer, Client
from usher_client.errors import Refused

from usher_provider import diagnostics, schema, servicer, shapes, values
from usher_provider.of_type import OfType
from usher_provider.planned import holds_unknown
from usher_provider.values import State


class UsherResource(OfType, Resource):
    @classmethod
    def get_schema(cls) -> Schema:
        return schema.of_resource(cls.type_)

    def validate(self, diags: Diagnostics, type_name: str, config: State) -> None:
        kind, settings = config.get("type"), config.get("settings")
        why = shapes.note(self.type_, kind)
        diagnostics.warn(diags, shapes.SHAPES[self.type_], config, why, type_name)
        if why:
            return
        known = shapes.SETTINGS.get(self.type_, {}).get(str(kind))
        if known is None or not isinstance(settings, dict):
            return
        for name in sorted(set(settings) - set(known)):
            sentence = f"The settings have no “{name}”. They have: {', '.join(known) or 'nothing'}."
            diags.add_error("Unknown setting", sentence, path=["settings", (name,)])

    def judge(
        self, diags: Diagnostics, prior: State | None, planned: State | None, *, is_replaced: bool
    ) -> State | None:  # fmt: skip
        """Tell what the apply would be refused for. Return the plan with the name that the row will have.

        What others are planned to do is taken as done; nothing is asked for a row that does not change.
        """
        if planned is not None and planned.get("id") is Unknown and not self._is_nameless(planned):
            planned = {**planned, "id": _name(self.type_, planned)}
        is_asked = not self._is_local(planned or prior or {})
        if is_asked and not is_replaced and prior != planned and not self.provider.applies:
            self._ask(diags, prior, planned)
        return planned

    def _ask(self, diags: Diagnostics, prior: State | None, planned: State | None) -> None:
        is_known = planned is None or not self._is_nameless(planned)
        name = _name(self.type_, planned) if planned and is_known else str((prior or {}).get("id"))
        document = values.document(self.type_, planned) if planned is not None else None
        so_far = self.provider.planned
        if not is_known or (document is not None and not so_far.can_judge(self.type_, document)):
            so_far.leave_out((self.type_, name))
            return
        with diagnostics.telling(diags, self.type_, name):
            step = {"type": self.type_, "name": name, "arguments": document, **self._tags(name, prior)}
            online = self.provider.asks_aptible and self.type_ in ("sym_integration", "sym_target")
            if self._is_judged({"steps": so_far.before(step), "online": online}, removes=planned is None):
                so_far.add(step)

    def _is_judged(self, said: Mapping[str, Any], *, removes: bool) -> bool:
        """Ask the portal. One of a release before has no dry run (405); what is gone already can be taken away."""
        try:
            self._client.call("POST", "/config/dry-run", said)
        except Refused as error:
            if error.status == 405 or (error.status == 404 and removes):
                return False
            raise
        return True

    def _tags(self, name: str, prior: State | None) -> dict[str, str]:
        if prior is None:
            return {"if_none_match": "*"}
        seen = self._get(name)
        return {"if_match": seen.tag} if seen else {}

    def _is_nameless(self, planned: Mapping[str, Any]) -> bool:
        """Whether it is not known yet what the row is called by."""
        if self.type_ == "sym_secret" and planned.get("name") is None:
            return holds_unknown([planned.get("path"), planned.get("settings")])
        return planned.get(schema.key_of(self.type_)) is Unknown

    def create(self, ctx: CreateContext, planned: State) -> State | None:
        name = _name(self.type_, planned)
        if self._is_local(planned):
            return {**planned, "id": name}
        with diagnostics.telling(ctx.diagnostics, self.type_, name):
            return self._put(ctx.diagnostics, name, planned, {"If-None-Match": "*"})
        return None

    def read(self, ctx: ReadContext, current: State) -> State | None:
        if self._is_local(current):
            return current
        with diagnostics.telling(ctx.diagnostics, self.type_, current["id"]):
            found = self._get(current["id"])
            if not servicer.applied():
                servicer.keep(self.provider.carried(self.type_, current["id"]))
            return _refreshed(self.type_, current, found.body["arguments"]) if found else None
        return current

    def update(self, ctx: UpdateContext, current: State, planned: State) -> State:
        name = current["id"]
        if self._is_local(planned):
            return {**planned, "id": _name(self.type_, planned)}
        with diagnostics.telling(ctx.diagnostics, self.type_, name):
            seen = self._get(name)
            if seen is None or not _is_as_planned(seen.body["arguments"]):
                raise Refused(412, "It has changed since the plan was made. Plan again, and decide anew.")
            return self._put(ctx.diagnostics, name, planned, {"If-Match": seen.tag})
        return current

    def delete(self, ctx: DeleteContext, current: State) -> State | None:
        if self._is_local(current):
            return None
        with diagnostics.telling(ctx.diagnostics, self.type_, current["id"]):
            seen = self._get(current["id"])
            if seen is None:
                return None
            if not _is_as_planned(seen.body["arguments"]):
                raise Refused(412, "It has changed since the plan was made. Plan again, and decide anew.")
            self._client.call("DELETE", self._path(current["id"]), headers={"If-Match": seen.tag})
            return None
        return current

    def import_(self, ctx: ImportContext, id: str) -> State | None:  # the library's name
        name = id.strip().rpartition(":")[2].lower()  # the predecessor's were TYPE:NAME
        if self.type_ not in shapes.KEPT:
            ctx.diagnostics.add_error(
                f"{self.type_} is not kept by the portal", "There is nothing to import: declare it."
            )
            return None
        with diagnostics.telling(ctx.diagnostics, self.type_, name):
            found = self._get(name)
            if found is None:
                raise Refused(404, f"There is no {self.type_} “{name}” here.")
            return _refreshed(self.type_, {"id": name, "name": name}, found.body["arguments"])
        return None

    def upgrade(self, ctx: UpgradeContext, version: int, old: State) -> State:
        """Called for every state that is read: arguments may have come since it was written."""
        self.provider.carry(self.type_, old)
        return values.complete(self.type_, old)

    @property
    def _client(self) -> Client:
        client: Client = self.provider.client
        return client

    def _is_local(self, state: Mapping[str, Any]) -> bool:
        return self.type_ not in shapes.KEPT or bool(shapes.note(self.type_, state.get("type")))

    def _path(self, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            raise Refused(400, "", {"name": "A name has letters, digits, “-” and “_” only, and at most 100 of them."})
        return f"/config/{self.type_}/{name}"

    def _get(self, name: str) -> Answer | None:
        try:
            return self._client.get(self._path(name))
        except Refused as error:
            if error.status == 404:
                return None
            raise

    def _put(self, diags: Diagnostics, name: str, planned: State, headers: Mapping[str, str]) -> State:
        self.provider.applies = True
        said = values.document(self.type_, planned)
        done = self._client.call("PUT", self._path(name), said, headers=headers).body
        for sentence in done["warnings"]:
            diags.add_warning(f"{self.type_} {name}", sentence)
        servicer.keep(_kept(done["arguments"]))
        return {**planned, "id": name}


def _name(type_: str, state: Mapping[str, Any]) -> str:
    """A row's name, in lower case. A secret without one is called by where it lies."""
    if type_ == "sym_secrets":
        return str(state["type"])
    if type_ == "sym_secret" and not state.get("name"):
        key = (state.get("settings") or {}).get("json_key", "")
        return re.sub(r"[^a-z0-9_]+", "-", f"{state['path']} {key}".lower()).strip("-")[:100]
    return str(state.get(schema.key_of(type_)) or "").strip().lower()


def _kept(arguments: Mapping[str, Any]) -> str:
    return json.dumps(arguments, sort_keys=True)


def _applied() -> Any:
    try:
        return json.loads(servicer.applied() or "null")
    except ValueError:
        return None


def _refreshed(type_: str, current: State, told_now: Mapping[str, Any]) -> State:
    """What was written stays as it was written, while the portal has what the last apply left there."""
    before, fresh = _applied(), values.state_of(type_, told_now)
    shape = shapes.SHAPES[type_]
    servicer.keep(_kept(told_now))
    found: State = {"id": current["id"]}
    for name, value in fresh.items():
        is_ours = name == "name" or (name in shape.arguments and name not in shape.meant)
        unchanged = before is not None and before.get(name) == told_now.get(name)
        found[name] = current.get(name) if is_ours or unchanged else value
    return found


def _is_as_planned(told_now: Mapping[str, Any]) -> bool:
    """Whether nobody else changed the row. Targets that this very apply took away are gone from strategies."""
    before = _applied()
    if before is None:
        return True
    left = set(before.get("targets") or []) >= set(told_now.get("targets") or [])
    return left and {**before, "targets": None} == {**told_now, "targets": None}


def classes() -> list[type[UsherResource]]:
    return [type(f"Resource_{type_}", (UsherResource,), {"type_": type_}) for type_ in shapes.SHAPES]
