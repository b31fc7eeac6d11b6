"""A folder of files as one module: its variables, its locals, its resources, and the modules that it calls."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from integrations.terraform import instances
from integrations.terraform.blocks import Block, Expression
from integrations.terraform.evaluate import Evaluator, Scope
from integrations.terraform.problems import AlreadyTold, Mistake, Place, Problem, did_you_mean
from integrations.terraform.schema import is_foreign
from integrations.terraform.sources import Sources
from integrations.terraform.values import Key, Reference, Unknown, Wrong, bracketed

# Arguments of every resource that are the tool's own, not the resource's.
META: Final = frozenset({"for_each", "count", "depends_on", "provider", "lifecycle"})
_NOT_THERE: Final = "is not in these files"


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
    """One resource: the whole of a declaration, or what one key of its `for_each` or `count` makes of it."""

    module: "Module" = field(repr=False, compare=False)
    declaration: Declaration
    key: Key | None = None
    scope: Scope = field(default_factory=dict, compare=False)

    @property
    def reference(self) -> Reference:
        one = self.declaration
        return Reference(one.kind, one.type, one.name, self.key, self.module.address)

    @property
    def is_foreign(self) -> bool:
        return is_foreign(self.declaration.type)


@dataclass(frozen=True)
class PassedOver:
    """A module that is not read, because nothing of it would mean anything here."""

    address: str
    source: str
    place: Place


@dataclass
class Module:
    """What stands in the files of one folder. Answers the evaluator's questions after names."""

    folder: Path
    sources: Sources
    problems: list[Problem]
    # Gives the module of a call, a map or a list of them by `for_each` or `count`, or Unknown where it is not read.
    open_call: Callable[["Module", str], Any]
    address: str = ""  # such as module.shared, empty for the folder given
    parent: "Module | None" = None
    variables: dict[str, Callable[[], Any]] = field(default_factory=dict)
    locals: dict[str, Expression] = field(default_factory=dict)
    outputs: dict[str, Expression] = field(default_factory=dict)
    declarations: dict[tuple[str, str, str], Declaration] = field(default_factory=dict)
    calls: dict[str, Block] = field(default_factory=dict)
    passed_over: list[PassedOver] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)  # addresses, as `import` blocks name them

    def __post_init__(self) -> None:
        self.evaluator = Evaluator(self, self.problems, self.sources.read)
        self._known: dict[str, Any] = {}
        self._open: list[str] = self.parent._open if self.parent else []
        self._instances: dict[str, Any] = {}
        self._called: dict[str, Any] = {}

    def look_up(self, name: str, place: Place) -> Any:
        """Give what stands for a name at the beginning of a reference."""
        if name in _ROOTS:
            return _Root(name)
        if name in ("each", "count"):
            setting = "for_each" if name == "each" else "count"
            raise Mistake(f"“{name}” is known only where {setting} is set.", place)
        declared = any(one[0] == "resource" and one[1] == name for one in self.declarations)
        if declared or name.startswith("sym_") or (is_foreign(name) and "_" in name):
            return _Root("resource", name)
        known = [*_ROOTS, "each", "count", *{one[1] for one in self.declarations}]
        raise Mistake(f"Nothing is called “{name}”.{did_you_mean(name, known)}", place)

    def step(self, value: Any, name: str, place: Place) -> Any:
        """Give what a dot and a name lead to from there."""
        if isinstance(value, _Root):
            return self._from_root(value, name, place)
        if isinstance(value, Instance):
            return value.reference if name == "id" else value.module.argument_of(value, name, place)
        if isinstance(value, Module):
            return value.output(name, place)
        if isinstance(value, Wrong):
            raise AlreadyTold
        raise Mistake(f"There is no “{name}” in this.", place)

    def _from_root(self, root: "_Root", name: str, place: Place) -> Any:
        if root.kind == "data" and not root.type:
            return _Root("data", name)
        if root.kind in ("resource", "data"):
            return self._declared(root.kind, root.type, name, place)
        if root.kind == "module":
            return self.called(name)
        if root.kind == "path":
            if name not in ("module", "root", "cwd"):
                raise Mistake(f"There is no path.{name}.", place)
            return self.sources.shown(self.folder) if name == "module" else "."
        if root.kind == "terraform":
            return Unknown(f"terraform.{name}", "is known to Terraform alone")
        known: Mapping[str, Any] = self.variables if root.kind == "var" else self.locals
        if name not in known:
            what = "variable" if root.kind == "var" else "local value"
            near = did_you_mean(f"{root.kind}.{name}", [f"{root.kind}.{one}" for one in known])
            raise Mistake(f"There is no {what} “{name}”.{near}", place)
        value = self.variables[name]() if root.kind == "var" else self.once(f"local.{name}", known[name], {}, place)
        if isinstance(value, Wrong):
            raise AlreadyTold
        return value

    def _declared(self, kind: str, type_: str, name: str, place: Place) -> Any:
        declaration = self.declarations.get((kind, type_, name))
        if declaration is None and is_foreign(type_):
            return Unknown(Reference(kind, type_, name).address, _NOT_THERE)
        if declaration is None:
            wanted = Reference(kind, type_, name).address
            alike = [one.address for one in self.declarations.values() if (one.kind, one.type) == (kind, type_)]
            near = did_you_mean(wanted, alike) or (f" Did you mean {alike[0]}?" if len(alike) == 1 else "")
            raise Mistake(f"There is no {wanted}.{near}", place)
        found = self.instances(declaration, place)
        if isinstance(found, Wrong):
            raise AlreadyTold
        return found

    def called(self, name: str) -> Any:
        """Give the module of a call. A call that was taken out of the files is nobody's mistake, but not known."""
        if name not in self.calls:
            return Unknown(f"module.{name}", _NOT_THERE)
        if name not in self._called:
            self._called[name] = self.open_call(self, name)
        if isinstance(self._called[name], Wrong):
            raise AlreadyTold
        return self._called[name]

    def output(self, name: str, place: Place) -> Any:
        """Give what the module tells who calls it."""
        if name not in self.outputs:
            near = did_you_mean(name, list(self.outputs))
            raise Mistake(f"{self.address} has no output “{name}”.{near}", place)
        value = self.once(f"output.{name}", self.outputs[name], {}, place)
        if isinstance(value, Wrong):
            raise AlreadyTold
        return value

    def instances(self, declaration: Declaration, place: Place | None = None) -> Any:
        """Give the one instance of a declaration, or a map or a list of them; else WRONG or Unknown."""
        if declaration.address not in self._instances:

            def make(key: Key | None, scope: Scope) -> Instance:
                return Instance(self, declaration, key, scope)

            where = place or declaration.block.place
            self._instances[declaration.address] = instances.expand(
                self, declaration.address, declaration.block, make, where
            )
        return self._instances[declaration.address]

    def every_instance(self) -> Iterator[Instance]:
        """Give every resource and data source, in the order of the files, and then those of the modules called."""
        for declaration in self.declarations.values():
            if is_foreign(declaration.type):
                yield Instance(self, declaration)  # somebody else's, so whatever it makes does not matter
                continue
            found = self.instances(declaration)
            if isinstance(found, Unknown):
                sentence = f"How many of {declaration.address} there are comes from {found}. Write it out."
                self.problems.append(Problem(declaration.block.place, sentence))
            yield from instances.each(found, Instance)
        for child in self.children():
            yield from child.every_instance()

    def children(self) -> Iterator["Module"]:
        """Open every call, and give the modules that can be read."""
        for name in self.calls:
            try:
                yield from instances.each(self.called(name), Module)
            except AlreadyTold:
                continue

    def check_locals(self) -> None:
        """Tell what is wrong with local values that nothing uses."""
        for name, expression in self.locals.items():
            self.once(f"local.{name}", expression, {}, expression.place)
        for child in self.children():
            child.check_locals()

    def argument(self, instance: Instance, expression: Expression, name: str) -> Any:
        """Give the value of an argument of an instance, or WRONG."""
        what = f"{instance.declaration.address}{bracketed(instance.key)}.{name}"
        return self.once(what, expression, instance.scope, expression.place)

    def argument_of(self, instance: Instance, name: str, place: Place) -> Any:
        """Give what another resource, maybe one of another module, says for one of its arguments."""
        expression = instance.declaration.block.attributes.get(name)
        if instance.is_foreign and (expression is None or name in META):
            return Unknown(f"{instance.reference.address}.{name}", "is known to its provider alone")
        if expression is None or name in META:
            known = [one for one in instance.declaration.block.attributes if one not in META]
            near = did_you_mean(name, ["id", *known])
            raise Mistake(f"{instance.reference.address} has no argument “{name}”.{near}", place)
        value = self.argument(instance, expression, name)
        if isinstance(value, Wrong):
            raise AlreadyTold
        return value

    def once(self, what: str, expression: Expression, scope: Scope, place: Place) -> Any:
        """Evaluate each thing once, and tell when it depends on itself."""
        qualified = f"{self.address}.{what}" if self.address else what
        if qualified in self._open:
            circle = " → ".join([*self._open[self._open.index(qualified) :], qualified])
            raise Mistake(f"These depend on each other in a circle: {circle}.", place)
        if what not in self._known:
            self._open.append(qualified)
            try:
                self._known[what] = self.evaluator.value(expression, scope)
            finally:
                self._open.pop()
        return self._known[what]


_ROOTS: Final = ("var", "local", "path", "data", "module", "terraform")


@dataclass(frozen=True)
class _Root:
    """The beginning of a reference, before it names anything: var, local, path, module, or a type of resource."""

    kind: str
    type: str = ""
