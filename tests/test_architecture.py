"""The shape of the house, held by tests: who may import whom, who writes a state, how long things may be."""

import ast
import graphlib
import importlib
import inspect
import pkgutil
import re
from collections.abc import Collection
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from access.core import admin_only
from tests import source
from tools.house_doc import ROOMS

LONGEST_FILE = 300
LONGEST_FUNCTION = 40

# These stand above all rooms, and none of them imports another.
ABOVE = {"admin", "management", "migrations", "apps"}
# Who may look at the clock; everybody else is given `now`.
CLOCK = ("access/admin/", "access/management/", "access/worker/", "access/demo/", "portal/")
# Pages for people who are not signed in.
PUBLIC = {
    "invitation", "login", "login-demo", "logout", "healthcheck", "healthz", "readyz", "metrics", "begin", "complete",
    "saml-metadata", "problems", "device-code", "device-token", "login-passkey", "login-passkey-options",
    "slack-command", "slack-interactive", "slack-options", "slack-events", "scim", "scim-root", "unsubscribe",
}  # fmt: skip


def floor_of(room: str) -> int:
    return ROOMS.index(room) if room in ROOMS else len(ROOMS)


def part(path) -> str:
    """The room of access that a file belongs to, such as grants."""
    return Path(path).relative_to(source.ROOT / "access").parts[0].removesuffix(".py")


def test_integrations_know_neither_the_product_nor_its_tables():
    forbidden = ("access", "portal", "django.db", "django.http", "django_q")
    wrong = [
        f"{source.name(path)} imports {target}"
        for path in source.python_files("integrations")
        for target in source.imports(path)
        if target.split(".")[0] in forbidden or target.startswith(("django.db.", "django.http."))
    ]
    assert wrong == []


def test_the_terraform_distribution_stands_alone():
    """It is installed without the portal, and the portal without it."""
    own = {folder.split("/")[1] for folder in source.TERRAFORM}
    wrong = [
        f"{source.name(path)} imports {target}"
        for path in source.python_files(*source.TERRAFORM)
        for target in source.imports(path)
        if target.split(".")[0] in (*source.CODE, "django")
    ]
    wrong += [
        f"{source.name(path)} imports {target}"
        for path in source.python_files(*source.CODE)
        for target in source.imports(path)
        if target.split(".")[0] in own - {"tests"}
    ]
    assert wrong == []


def test_the_product_does_not_know_its_pages():
    wrong = [
        f"{source.name(path)} imports {target}"
        for path in source.python_files("access")
        for target in source.imports(path)
        if target.split(".")[0] == "portal"
    ]
    assert wrong == []


def test_within_the_product_imports_only_point_down():
    wrong = []
    for path in source.python_files("access"):
        here = part(path)
        for target in source.imports(path):
            words = target.split(".")
            if words[0] != "access" or len(words) < 2 or words[1] == here:
                continue
            if floor_of(words[1]) >= floor_of(here):
                wrong.append(f"{source.name(path)} imports {target}")
    assert wrong == []


def test_every_module_of_the_product_is_in_a_room():
    parts = {part(path) for path in source.python_files("access")} - {"__init__"}
    assert parts <= {*ROOMS, *ABOVE}
    loose = {path.name for path in (source.ROOT / "access").glob("*.py")}
    assert loose == {"__init__.py", "apps.py"}


def test_every_room_says_its_purpose_its_front_door_and_whom_it_may_import():
    for room in (room for room in ROOMS if (source.ROOT / "access" / room).is_dir()):
        told = inspect.getdoc(importlib.import_module(f"access.{room}")) or ""
        purpose, _, rest = told.partition("\n")
        below = ", ".join(ROOMS[: ROOMS.index(room)]) or "nothing of access"
        assert purpose.endswith("."), room
        assert " ".join(rest.split()).endswith(f"May import: {below}."), room
        doors = re.findall(r"^Front door: (.*)\.$", told, re.MULTILINE)
        assert doors or room in {"core", "models"}, room
        for door in ", ".join(doors).split(", ") if doors else ():
            pkgutil.resolve_name(f"access.{room}.{door}")


def test_every_package_says_what_it_is_for():
    silent = [
        source.name(path)
        for path in source.python_files(*source.CODE)
        if path.name == "__init__.py" and path.parent.name != "commands" and not ast.get_docstring(source.tree(path))
    ]
    assert silent == []


def test_no_modules_import_each_other_in_a_circle():
    files = {module_of(path): path for path in source.python_files(*source.CODE, "tools", "bench")}
    graph = {
        module: {known for one in source.imports(path) if (known := known_module(one, files)) not in (None, module)}
        for module, path in files.items()
    }
    graphlib.TopologicalSorter(graph).prepare()


def module_of(path: Path) -> str:
    return source.name(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def known_module(name: str, files: Collection[str]) -> str | None:
    """The module that an import loads: `access.grants.end_early.end` is access.grants.end_early."""
    return next((one for one in (name, name.rpartition(".")[0]) if one in files), None)


def test_the_rooms_know_no_http_and_no_clock():
    wrong = []
    for path in source.python_files("access"):
        if source.name(path).startswith(CLOCK):
            continue
        forbidden = ("django.http", "django.shortcuts", "django.urls", "requests", "responses")
        wrong += [f"{source.name(path)} imports {one}" for one in source.imports(path) if one.startswith(forbidden)]
        wrong += [f"{source.name(path)}:{node.lineno} reads the clock" for node in clock_readings(path)]
    assert wrong == []


def clock_readings(path):
    """Calls of timezone.now, datetime.now, time.time and their kind. A default of a field is no call."""
    clocks = {("timezone", "now"), ("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
    for node in ast.walk(source.tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            last = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
            if (last, node.func.attr) in clocks:
                yield node


def test_only_the_lifecycle_writes_a_state():
    wrong = []
    for path in source.python_files("access", "portal"):
        if source.name(path) == "access/grants/lifecycle.py":
            continue
        wrong += [f"{source.name(path)}:{node.lineno}" for node in state_writes(path)]
    assert wrong == []


def state_writes(path):
    writers = {"update", "update_or_create", "get_or_create", "create", "bulk_create", "bulk_update"}
    for node in ast.walk(source.tree(path)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in writers:
            if any(word.arg == "state" for word in node.keywords):
                yield node
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            # An object's own field is no row's: the sweep, the simulator and forms have states, too.
            if any(
                isinstance(one, ast.Attribute) and one.attr == "state" and not is_self(one.value) for one in targets
            ):
                yield node


def is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def test_nothing_catches_everything():
    wrong = [
        f"{source.name(path)}:{node.lineno}"
        for path in source.python_files(*source.CODE, *source.TERRAFORM, "tests", "tools")
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.ExceptHandler) and catches_everything(node.type)
    ]
    assert wrong == []


def catches_everything(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(catches_everything(one) for one in caught.elts)
    return caught is None or getattr(caught, "id", "") in {"Exception", "BaseException"}


def test_no_file_is_long():
    lengths = {source.name(path): len(path.read_text().splitlines()) for path in all_python()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_long():
    wrong = {
        f"{source.name(path)}: {node.name}": node.end_lineno - node.lineno + 1
        for path in all_python()
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    }
    assert wrong == {}


def all_python():
    return source.python_files(*source.CODE, *source.TERRAFORM, "tests", "tools")


def test_nothing_is_left_for_later():
    words = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
    wrong = [source.name(path) for path in source.text_files() if words.search(path.read_text())]
    assert wrong == []


def own_views():
    """Every page of the project: its name, and the function behind it."""

    def walk(resolver):
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                yield from walk(entry)
            elif isinstance(entry, URLPattern):
                yield entry

    for pattern in walk(get_resolver()):
        view = inspect.unwrap(pattern.callback)
        if view.__module__.split(".")[0] in source.CODE:
            yield pattern, view


def test_every_page_says_which_methods_it_takes():
    wrong = [
        f"{view.__module__}.{view.__name__}"
        for pattern, view in own_views()
        if not view.__module__.startswith("access.admin") and not names_its_methods(view)
    ]
    assert wrong == []


def names_its_methods(view) -> bool:
    [definition] = ast.parse(inspect.getsource(view)).body
    assert isinstance(definition, ast.FunctionDef)
    decorators = {
        getattr(one, "id", getattr(getattr(one, "func", None), "id", "")) for one in definition.decorator_list
    }
    return bool(decorators & {"require_GET", "require_POST", "require_safe", "require_http_methods"})


def test_every_page_needs_somebody_signed_in_unless_it_is_public():
    assert any("LoginRequired" in name or "SignIn" in name for name in settings.MIDDLEWARE)
    public = {pattern.name for pattern, view in own_views() if not getattr(pattern.callback, "login_required", True)}
    assert public <= PUBLIC


def test_every_table_is_known_to_decide_who_gets_in_or_not():
    listed = [*admin_only.DECIDES, *admin_only.OWN, *admin_only.WRITTEN]
    assert sorted(listed) == sorted(one.__name__.lower() for one in apps.get_app_config("access").get_models())
