"""What is kept beside the code: documents that are true, requirements that name no place, templates that are used."""

import re
import subprocess
import tomllib
from io import StringIO
from typing import cast

import pytest
from django.core.management import call_command
from django.template import TemplateDoesNotExist, engines
from django.template.backends.django import DjangoTemplates
from django.template.loaders.app_directories import Loader

from portal.version import VERSION
from tests import source
from tools import faults_doc, house_doc, lifecycle_doc, terraform_shapes

REQUIREMENTS = (
    "requirements.txt", "requirements-dev.txt", "cli/requirements.txt", "cli/requirements-dev.txt",
    "terraform/requirements.txt", "terraform/requirements-dev.txt",
)  # fmt: skip
# Names, which are the same in every language.
NAMES = {"Usher", "CSV"}
LOCKS = ("uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock", "package-lock.json", "yarn.lock")


def read(name):
    return (source.ROOT / name).read_text()


def pins(name):
    """Each pinned package of a requirements file: its name, its version and its hashes."""
    joined = read(name).replace("\\\n", " ")
    for line in joined.splitlines():
        if line and not line.startswith((" ", "#")):
            requirement, *hashes = line.split()
            yield requirement, hashes


def direct_dependencies():
    """What pyproject.toml asks for, each with the comment that stands above it or behind it."""
    project = tomllib.loads(read("pyproject.toml"))["project"]
    lines = read("pyproject.toml").splitlines()
    for requirement in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        [at] = [number for number, line in enumerate(lines) if line.strip().startswith(f'"{requirement}"')]
        above = lines[at - 1] if lines[at - 1].strip().startswith("#") else ""
        yield re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower(), above + lines[at].partition("#")[2]


def test_the_drawing_of_the_lifecycle_is_fresh():
    assert read("docs/lifecycle.md") == lifecycle_doc.text()


def test_the_map_of_the_house_is_fresh():
    assert read("docs/house.md") == house_doc.text(), "Write it anew: .venv/bin/python -m tools.house_doc"


def test_the_list_of_what_was_made_to_fail_is_fresh():
    assert read("docs/faults.md") == faults_doc.text(), "Write it anew: .venv/bin/python -m tools.faults_doc"


def test_the_provider_has_the_table_of_shapes_as_it_is():
    assert terraform_shapes.PATH.read_text() == terraform_shapes.text()


@pytest.mark.django_db
def test_no_migration_is_missing():
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)
    assert out.getvalue() == "No changes detected\n"


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_requirements_name_no_place_to_download_from(name):
    text = re.sub(r"--hash=\S+", "", read(name))
    assert "://" not in text
    # Neither --index-url nor --find-links, nor any other option.
    assert not re.search(r"(^|\s)--?[a-z]", re.sub(r"#.*", "", text))


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_package_is_pinned_with_its_hashes(name):
    found = list(pins(name))
    assert len(found) >= 5
    for requirement, hashes in found:
        assert re.fullmatch(r"[a-z0-9._-]+(\[[a-z]+\])?==[A-Za-z0-9.!+]+", requirement), requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes), requirement


@pytest.mark.parametrize("name", [f"requirements-{extra}.txt" for extra in ("saml", "aws", "pdf", "sentry")])
def test_what_an_extra_needs_is_pinned_as_everywhere(name):
    """Installed after requirements.txt, with hashes, too."""
    assert "://" not in re.sub(r"--hash=\S+", "", read(name))
    found = list(pins(name))
    assert found
    assert all(hashes for _requirement, hashes in found)
    assert {requirement for requirement, _hashes in found} <= {one for one, _hashes in pins("requirements-dev.txt")}


def test_the_two_requirements_files_agree():
    assert {name for name, _hashes in pins("requirements.txt")} < {
        name for name, _hashes in pins("requirements-dev.txt")
    }


def test_every_direct_dependency_is_pinned():
    pinned = {requirement.partition("==")[0] for requirement, _hashes in pins("requirements-dev.txt")}
    named = {name for name, _comment in direct_dependencies()}
    assert len(named) > 15
    assert named <= pinned


def test_every_direct_dependency_says_why_it_is_there():
    assert [name for name, comment in direct_dependencies() if not comment] == []


def test_the_version_is_in_the_change_log():
    assert f"## {VERSION}" in read("CHANGELOG.md")


def tracked():
    """The names of the files in the repository; empty where it is not one."""
    found = subprocess.run(["git", "ls-files"], cwd=source.ROOT, capture_output=True, text=True, check=False)  # noqa: S607
    return found.stdout.splitlines()


def test_no_lock_file_is_kept():
    assert [name for name in tracked() if name.rpartition("/")[2] in LOCKS] == []


def test_no_data_and_no_secret_is_kept():
    wrong = [
        name for name in tracked() if name.startswith("data/") or name.endswith((".sqlite3", ".env", ".pem", ".key"))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "CONTRIBUTING.md",
        *(f"docs/{n}.md" for n in ("operations", "security", "cli", "terraform", "moving-from-sym", "house")),
    ],
)
def test_links_between_the_documents_lead_somewhere(name):
    folder = (source.ROOT / name).parent
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", read(name))
    assert [link for link in links if not (folder / link).exists()] == []


def test_every_file_that_a_text_names_is_there():
    named = re.compile(r"(?<![\w/.<>-])(?:access|portal|integrations|tools|tests|bench|docs)/[\w/.-]*\.(?:py|md)\b")
    wrong = {
        f"{source.name(path)}: {name}"
        for path in source.text_files()
        for name in named.findall(path.read_text())
        if not (source.ROOT / name).exists()
    }
    assert wrong == set()


def test_texts_for_people_are_marked_for_translation():
    """In templates no sentence stands outside of a translation tag."""
    wrong = {}
    for path in sorted((source.ROOT / "templates").rglob("*.html")):
        bare = sentences_outside_of_tags(path.read_text())
        if bare:
            wrong[source.name(path)] = bare
    assert wrong == {}


def sentences_outside_of_tags(text):
    for pattern in (
        r"{%\s*block width\s*%}.*?{%\s*endblock.*?%}",
        r"{%\s*blocktranslate.*?endblocktranslate\s*%}",
        r"{%\s*comment.*?endcomment\s*%}",
        r"{#.*?#}",
        r"<(script|style|svg)\b.*?</\1>",
        r"{%.*?%}",
        r"{{.*?}}",
        r"<[^>]*>",
        r"&[a-z]+;",
    ):
        text = re.sub(pattern, " ", text, flags=re.DOTALL)
    return [line.strip() for line in text.splitlines() if set(re.findall(r"[A-Za-z]{3,}", line)) - NAMES]


def templates():
    folder = source.ROOT / "templates"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def overrides_another_app(name: str) -> bool:
    loader = Loader(cast(DjangoTemplates, engines["django"]).engine)
    try:
        loader.get_template(name)
    except TemplateDoesNotExist:
        return False
    return True


def test_every_template_is_used():
    folder = source.ROOT / "templates"
    places = [*source.python_files("access", "portal"), *(folder / name for name in templates())]
    named = {found for path in places for found in re.findall(r"[\w./-]+\.\w+", path.read_text())}
    # Django looks for these by their names.
    by_name = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}
    unused = [name for name in templates() if name not in by_name | named and not overrides_another_app(name)]
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
    pages = [name for name in templates() if not name.startswith("notify/")]
    wrong = [name for name in pages if re.search(pattern, markup(folder / name), re.IGNORECASE)]
    assert wrong == [], what
