"""A data source for each type of resource: what the portal has, by its name."""

import json

from tf.iface import DataSource, ReadDataContext
from tf.schema import Schema
from tf.utils import Diagnostics
from usher_client.errors import Refused

from usher_provider import diagnostics, schema, shapes, values
from usher_provider.of_type import OfType
from usher_provider.values import State


class UsherData(OfType, DataSource):
    @classmethod
    def get_schema(cls) -> Schema:
        return schema.of_data(cls.type_)

    def validate(self, diags: Diagnostics, type_name: str, config: State) -> None:
        diagnostics.warn(diags, shapes.SHAPES[self.type_], {}, shapes.note(self.type_, config.get("type")), type_name)

    def read(self, ctx: ReadDataContext, config: State) -> State | None:
        key = schema.key_of(self.type_)
        name = str(config[key]).strip().lower()
        if self.type_ not in shapes.KEPT or shapes.note(self.type_, config.get("type")):
            id_ = config.get("type") if self.type_ == "sym_secrets" else name
            return {**{one.name: None for one in self.get_schema().attributes}, **config, "id": id_}
        with diagnostics.telling(ctx.diagnostics, self.type_, name):
            said = self.provider.client.get(f"/config/{self.type_}/{name}").body["arguments"]
            wanted = config.get("type")
            if wanted is not None and wanted != said.get("type"):
                raise Refused(404, f"“{name}” is of the type {said.get('type')}.")
            held = values.state_of(self.type_, said)
            flat = {one: value for one, value in held.items() if one in shapes.SHAPES[self.type_].arguments}
            return {**flat, key: config[key], "id": name, "json": json.dumps(said, sort_keys=True)}
        return None


def classes() -> list[type[UsherData]]:
    # A secret is always declared where it is used, and what has no name can't be looked up.
    return [
        type(f"Data_{type_}", (UsherData,), {"type_": type_})
        for type_, shape in shapes.SHAPES.items()
        if "name" in shape.arguments
    ]
