"""What is wrong, as Terraform tells it: with the argument that it is about."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tf.utils import Diagnostics
from usher_client.errors import Refused, Unreachable, Unusable

from usher_provider.shapes import SHAPES, Shape


@contextmanager
def telling(diagnostics: Diagnostics, type_: str, name: str) -> Iterator[None]:
    """Turn what the client raises into diagnostics."""
    try:
        yield
    except Refused as error:
        tell(diagnostics, type_, name, error)
    except (Unreachable, Unusable) as error:
        diagnostics.add_error("The portal could not be asked", str(error))


def tell(diagnostics: Diagnostics, type_: str, name: str, error: Refused) -> None:
    head = f"{type_} {name}: the portal refuses it"
    if not error.errors:
        diagnostics.add_error(head, error.detail)
    for path, sentence in error.errors.items():
        diagnostics.add_error(head, f"{path}: {sentence}", path=_path(SHAPES[type_], path.split(".")))


def _path(shape: Shape, words: list[str]) -> list[Any]:
    """Write a path such as stage.0.people in Terraform's steps. A block that comes once is the first of a list."""
    first, *rest = words
    if first in shape.sections:
        inner = shape.sections[first]
        number, rest = (int(rest[0]), rest[1:]) if rest and rest[0].isdigit() else (0, rest)
        return [first, (number,), *(_path(inner, rest) if rest else [])]
    if first in shape.arguments:
        return [first, *((one,) for one in rest[:1])] if shape.arguments[first].kind == "MAP" else [first]
    return []


def warn(diagnostics: Diagnostics, shape: Shape, config: Mapping[str, Any], why: str, type_: str) -> None:
    """Tell what was accepted and changes nothing."""
    if why:
        diagnostics.add_warning(f"{type_} changes nothing here", f"It is accepted, so that files can stay: {why}.")
        return
    for name, argument in shape.arguments.items():
        if argument.note and config.get(name) is not None:
            diagnostics.add_warning(
                f"“{name}” changes nothing here", f"{argument.note[:1].upper()}{argument.note[1:]}."
            )
    for name, inner in shape.sections.items():
        blocks = config.get(name)
        for one in blocks if isinstance(blocks, list) else []:
            warn(diagnostics, inner, one, "", f"{type_}.{name}")
