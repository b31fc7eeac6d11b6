"""The shape of the house, held by tests: who may import whom, who writes a state, how long things may be."""

import ast
import inspect
import re

import pytest
from django.conf import settings
from django.template import TemplateDoesNotExist, engines
from django.template.loaders.app_directories import Loader
from django.urls import URLPattern, URLResolver, get_resolver

from tests import source

LONGEST_FILE = 300
LONGEST_FUNCTION = 40

# From the ground up: a room may import those named before it, and nothing else.
ROOMS = [
    "core", "models", "audit", "people", "directory", "policy", "grants", "events", "requests", "notify", "evidence",
    "config", "alerts", "worker", "demo",
]  # fmt: skip
# These stand above all rooms, and none of them imports another.
ABOVE = {"admin", "management", "migrations", "apps"}
# Who may look at the clock; everybody else is given `now`.
CLOCK = ("access/admin/", "access/management/", "access/worker/", "access/demo/", "portal/")
# Pages for people who are not signed in.
PUBLIC = {
    "login", "login-demo", "logout", "healthcheck", "healthz", "readyz", "metrics", "begin", "complete",
    "saml-metadata", "slack-command", "slack-interactive", "slack-options", "slack-events",
}  # fmt: skip


def floor_of(room: str) -> int:
    return ROOMS.index(room) if room in ROOMS else len(ROOMS)


def part(path) -> str:
    """The part of access that a file belongs to, such as services."""
    return path.relative_to(source.ROOT / "access").parts[0].removesuffix(".py")


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
    decorators = {
        getattr(one, "id", getattr(getattr(one, "func", None), "id", "")) for one in definition.decorator_list
    }
    return bool(decorators & {"require_GET", "require_POST", "require_safe", "require_http_methods"})


def test_every_page_needs_somebody_signed_in_unless_it_is_public():
    assert any("LoginRequired" in name or "SignIn" in name for name in settings.MIDDLEWARE)
    public = {pattern.name for pattern, view in own_views() if not getattr(pattern.callback, "login_required", True)}
    assert public <= PUBLIC


def templates():
    folder = source.ROOT / "templates"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def overrides_another_app(name: str) -> bool:
    loader = Loader(engines["django"].engine)
    try:
        loader.get_template(name)
    except TemplateDoesNotExist:
        return False
    return True


def test_every_template_is_used():
    folder = source.ROOT / "templates"
    places = [*source.python_files("access", "portal"), *(folder / name for name in templates())]
    text = "\n".join(path.read_text() for path in places)
    # Django looks for these by their names.
    by_name = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}
    unused = [
        name
        for name in templates()
        if name not in by_name and not re.search(rf"\b{re.escape(name)}\b", text) and not overrides_another_app(name)
    ]
    assert unused == []


def markup(path):
    return re.sub(r"{%.*?%}", "", path.read_text(), flags=re.DOTALL)


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a style element", r"<style\b"),
        ("a style attribute", r"\sstyle\s*="),
        ("a script in the page", r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)"),
        ("an event attribute", r"\son[a-z]+\s*="),
        ("a script address", r"javascript:"),
        ("an address elsewhere", r"""(?:src|href|action)=["']https?://"""),
    ],
)
def test_no_template_has_what_the_content_policy_forbids(what, pattern):
    folder = source.ROOT / "templates"
    # A mail has no policy, and no stylesheet but its own.
    pages = [name for name in templates() if not name.startswith("messages/")]
    wrong = [name for name in pages if re.search(pattern, markup(folder / name), re.IGNORECASE)]
    assert wrong == [], what
