"""Sentences that tell a number fit it: one grant was due, two grants were."""

import ast
import re

import pytest

from tests import source

COUNTED = re.compile(r"%\(\w+\)d (?!(is|was|does|names|stands|s)\b)[a-z]+s\b")
# A bound is a number of the code, the same each time, and none is one: so much may be typed or kept.
BOUND = re.compile(r"(at most|at least|under|more than|longer than|kept for) %\(\w+\)d ", re.IGNORECASE)
# None of these is told of one: an admin who sees several, or somebody with too many.
SEVERAL = {
    "Set integration_id: there are %(count)d integrations, so nobody knows whose role it is.",
    "You have %(count)d passkeys. Remove one first.",
    "%(person)s asks for %(many)d targets for %(duration)s",
    "Still waiting: %(person)s asks for %(many)d targets for %(duration)s",
    "Written to %(file)s (%(size)d bytes).",
    "Each request needs %(needed)d approvals, and only %(count)d people are ticked to decide: %(names)s.",
}


@pytest.mark.parametrize("path", source.python_files(*source.CODE), ids=source.name)
def test_a_sentence_with_a_number_has_a_form_for_one(path):
    said = {
        node.args[0].value
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "gettext", "gettext_lazy")
        and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    }  # fmt: skip
    wrong = [text for text in said if COUNTED.search(text) and not BOUND.search(text)]
    assert set(wrong) <= SEVERAL, path
