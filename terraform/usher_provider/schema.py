"""Terraform's schema of each type, made from its shape."""

from typing import Any, Final

from tf import types
from tf.blocks import SetNestedBlock
from tf.gen import tfplugin_pb2 as protocol
from tf.schema import Attribute, Block, NestedBlock, Schema

from usher_provider.shapes import SHAPES, Argument, Shape

# What a provider keeps beside the arguments: the row's name.
OWN: Final = ("id",)


class ListBlock(SetNestedBlock):
    """A block whose order means something. The library has sets only, which forget it."""

    def to_pb(self) -> Any:
        made = super().to_pb()
        made.nesting = protocol.Schema.NestedBlock.NestingMode.LIST
        return made

    def semantically_equal(self, a_decoded: Any, b_decoded: Any) -> bool:
        return bool(a_decoded == b_decoded)


class Name(types.String):
    """Compared without case, as the portal does."""

    def semantically_equal(self, a_decoded: Any, b_decoded: Any) -> bool:
        if isinstance(a_decoded, str) and isinstance(b_decoded, str):
            return a_decoded.lower() == b_decoded.lower()
        return a_decoded is b_decoded


class Condition(types.TfType):
    """What brings a question up: another one, and answers to it."""

    def encode(self, value: Any) -> Any:
        return value

    def decode(self, value: Any) -> Any:
        return value

    def tf_type(self) -> bytes:
        return b'["object",{"field":"string","values":["list","string"]}]'


_TEXTS: Final = ("STRINGS", "DURATIONS", "SCALARS", "IDS")


def of_resource(type_: str) -> Schema:
    shape = SHAPES[type_]
    own = [
        Attribute("id", types.String(), computed=True, description="The row's name."),
    ]
    inner = [_block(name, one) for name, one in shape.sections.items()]
    return Schema([*own, *_attributes(type_, shape)], block_types=inner, description=shape.note or None)


def of_data(type_: str) -> Schema:
    """Everything that the portal tells, computed; blocks are in `json`."""
    shape = SHAPES[type_]
    known = [
        Attribute(name, _type(name, one), optional=name == "type", required=name == key_of(type_),
                  computed=name != key_of(type_), sensitive=_is_sensitive(type_, name))
        for name, one in shape.arguments.items()
    ]  # fmt: skip
    own = [Attribute(name, types.String(), computed=True) for name in ("id", "json")]
    return Schema([*own, *known])


def key_of(type_: str) -> str:
    """The argument that names a row of this type."""
    arguments = SHAPES[type_].arguments
    return next((name for name in ("name", "destination", "type", "implementation") if name in arguments), "id")


def _attributes(type_: str, shape: Shape) -> list[Attribute]:
    return [
        Attribute(
            name, Name() if name == "name" else _type(name, one), required=one.required, optional=not one.required,
            requires_replace=name == "name", sensitive=_is_sensitive(type_, name), description=one.note or None,
        )
        for name, one in shape.arguments.items()
    ]  # fmt: skip


def _is_sensitive(type_: str, name: str) -> bool:
    """Where a secret lies is nobody's business who reads a plan. Its value is not known here at all."""
    return type_ == "sym_secret" and name in ("path", "settings")


def _block(name: str, shape: Shape) -> NestedBlock:
    attributes = [
        Attribute(inner, _type(inner, one), required=one.required, optional=not one.required)
        for inner, one in shape.arguments.items()
    ]
    blocks = [_block(inner, one) for inner, one in shape.sections.items()]
    made = ListBlock(name, Block(attributes, block_types=blocks))
    if shape.at_most_once:
        made.max_items = 1
    return made


def _type(name: str, argument: Argument) -> Any:
    if name == "shown_if":
        return Condition()
    if argument.kind in _TEXTS:
        return types.List(types.String())
    plain = {"NUMBER": types.Number(), "BOOL": types.Bool(), "MAP": types.Map(types.String())}
    return plain.get(argument.kind) or types.String()
