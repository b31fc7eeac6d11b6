"""A folder of files as one module: its variables, its locals, and its resources with each instance of `for_each`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from integrations.terraform.blocks import Block, Expression
from integrations.terraform.evaluate import Evaluator, Scope
from integrations.terraform.problems import AlreadyTold, Mistake, Place, Problem, did_you_mean
from integrations.terraform.values import WRONG, List, Map, Reference, Wrong

# Arguments of every resource that are the tool's own, not the resource's.
META: Final = frozenset({"for_each", "count", "depends_on", "provider", "lifecycle"})


@dataclass(frozen=True)
class Declaration:
    """A resource or data source, as it is written."""

    kind: str  # resource or data
    type: str
    name: str
    block: Block

    @property
    def address(self) -> str:
        return Reference(self.kind, self.type, self.name).address


@dataclass(frozen=True)
class Instance:
    """One resource: the whole of a declaration, or what one key of its `for_each` makes of it."""

    declaration: Declaration
    key: str | None = None
    each: Any = None

    @property
    def reference(self) -> Reference:
        return Reference(self.declaration.kind, self.declaration.type, self.declaration.name, self.key)

    @property
    def scope(self) -> Scope:
        return {"each": Map({"key": self.key, "value": self.each})} if self.key is not None else {}


@dataclass
class Module:
    """What stands in the files. Answers the evaluator's questions after names."""

    folder: Path
    problems: list[Problem]
    variables: dict[str, Any] = field(default_factory=dict)
    locals: dict[str, Expression] = field(default_factory=dict)
    declarations: dict[tuple[str, str, str], Declaration] = field(default_factory=dict)
    passed_over: list[Place] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.evaluator = Evaluator(self, self.problems, self.folder)
        self._known: dict[str, Any] = {}
        self._open: list[str] = []
        self._instances: dict[str, Any] = {}

    def look_up(self, name: str, place: Place) -> Any:
        """Give what stands for a name at the beginning of a reference."""
        if name in ("var", "local", "path", "data"):
            return _Root(name)
        if name == "each":
            raise Mistake("“each” is known only where for_each is set.", place)
        if any(one[0] == "resource" and one[1] == name for one in self.declarations) or name.startswith("sym_"):
            return _Root("resource", name)
        known = ["var", "local", "path", "data", "each", *{one[1] for one in self.declarations}]
        raise Mistake(f"Nothing is called “{name}”.{did_you_mean(name, known)}", place)

    def step(self, value: Any, name: str, place: Place) -> Any:
        """Give what a dot and a name lead to from there."""
        if isinstance(value, _Root):
            return self._from_root(value, name, place)
        if isinstance(value, Instance):
            return value.reference if name == "id" else self._argument(value, name, place)
        if isinstance(value, Wrong):
            raise AlreadyTold
        raise Mistake(f"There is no “{name}” in this.", place)

    def _from_root(self, root: "_Root", name: str, place: Place) -> Any:
        if root.kind == "data" and not root.type:
            return _Root("data", name)
        if root.kind in ("resource", "data"):
            return self._declared(root.kind, root.type, name, place)
        if root.kind == "path":
            if name not in ("module", "root", "cwd"):
                raise Mistake(f"There is no path.{name}.", place)
            return "."
        known: Mapping[str, Any] = self.variables if root.kind == "var" else self.locals
        if name not in known:
            what = "variable" if root.kind == "var" else "local value"
            near = did_you_mean(f"{root.kind}.{name}", [f"{root.kind}.{one}" for one in known])
            raise Mistake(f"There is no {what} “{name}”.{near}", place)
        value = self.variables[name] if root.kind == "var" else self._once(f"local.{name}", known[name], {}, place)
        if isinstance(value, Wrong):
            raise AlreadyTold
        return value

    def _declared(self, kind: str, type_: str, name: str, place: Place) -> Any:
        declaration = self.declarations.get((kind, type_, name))
        if declaration is None:
            wanted = Reference(kind, type_, name).address
            alike = [one.address for one in self.declarations.values() if (one.kind, one.type) == (kind, type_)]
            near = did_you_mean(wanted, alike) or (f" Did you mean {alike[0]}?" if len(alike) == 1 else "")
            raise Mistake(f"There is no {wanted}.{near}", place)
        found = self.instances(declaration, place)
        if isinstance(found, Wrong):
            raise AlreadyTold
        return found

    def instances(self, declaration: Declaration, place: Place | None = None) -> Any:
        """Give the one instance of a declaration, or a map of them by key where it has `for_each`; else WRONG."""
        if declaration.address not in self._instances:
            each = declaration.block.attributes.get("for_each")
            where = place or declaration.block.place
            value = self._once(f"{declaration.address} (for_each)", each, {}, where) if each else None
            self._instances[declaration.address] = (
                self._multiplied(declaration, value, each.place) if each else Instance(declaration)
            )
        return self._instances[declaration.address]

    def _multiplied(self, declaration: Declaration, each: Any, place: Place) -> Any:
        if isinstance(each, Wrong):
            return WRONG
        if isinstance(each, List) and all(isinstance(one, str) for one in each):
            return Map({one: Instance(declaration, one, one) for one in each})
        if isinstance(each, dict):
            return Map({key: Instance(declaration, key, one) for key, one in each.items()})
        self.problems.append(Problem(place, 'for_each takes a map, or a set of strings such as toset(["a", "b"]).'))
        return WRONG

    def every_instance(self) -> Iterator[Instance]:
        """Give every resource and data source, in the order of the files."""
        for declaration in self.declarations.values():
            found = self.instances(declaration)
            if isinstance(found, Instance):
                yield found
            elif isinstance(found, dict):
                yield from found.values()

    def check_locals(self) -> None:
        """Tell what is wrong with local values that nothing uses."""
        for name, expression in self.locals.items():
            self._once(f"local.{name}", expression, {}, expression.place)

    def argument(self, instance: Instance, expression: Expression, name: str) -> Any:
        """Give the value of an argument of an instance, or WRONG."""
        return self._once(f"{instance.reference.address}.{name}", expression, instance.scope, expression.place)

    def _argument(self, instance: Instance, name: str, place: Place) -> Any:
        expression = instance.declaration.block.attributes.get(name)
        if expression is None or name in META:
            known = [one for one in instance.declaration.block.attributes if one not in META]
            near = did_you_mean(name, ["id", *known])
            raise Mistake(f"{instance.reference.address} has no argument “{name}”.{near}", place)
        value = self.argument(instance, expression, name)
        if isinstance(value, Wrong):
            raise AlreadyTold
        return value

    def _once(self, what: str, expression: Expression, scope: Scope, place: Place) -> Any:
        """Evaluate each thing once, and tell when it depends on itself."""
        if what in self._open:
            circle = " → ".join([*self._open[self._open.index(what) :], what])
            raise Mistake(f"These depend on each other in a circle: {circle}.", place)
        if what not in self._known:
            self._open.append(what)
            try:
                self._known[what] = self.evaluator.value(expression, scope)
            finally:
                self._open.pop()
        return self._known[what]


@dataclass(frozen=True)
class _Root:
    """The beginning of a reference, before it names anything: var, local, path, or a type of resource."""

    kind: str
    type: str = ""
