"""The further questions of a flow as an admin or a file writes them: what is read, and what can never work."""

from typing import Any

import pytest

from access.core import prompts
from access.core.prompts import Field, Type
from access.core.prompts.fields import RESERVED

STAGES = ("prod", "staging")
ENV = Field("env", allowed=STAGES, required=False)
NUMBER = "Write a whole number of at most 15 digits."
NOBODY = "Nobody who can sign in here has this e-mail."


def raw(value: Any) -> Any:
    """As a file or a form has it, in types that are not settled yet."""
    return value


SETTLED = [
    # what an admin or a file writes, how it is kept
    (Field("env", allowed=("prod ", "staging"), default="prod"), Field("env", allowed=STAGES, default="prod")),
    (Field("n", raw("int"), default="5", allowed=raw(["1", "5"])), Field("n", Type.INT, default=5, allowed=(1, 5))),
    (Field("d", raw("duration"), allowed=("30m", "1mo")), Field("d", Type.DURATION, allowed=(1800, 2592000))),
    (Field("b", raw("bool"), default="no"), Field("b", Type.BOOL, default=False)),
    (Field("s", default=""), Field("s")),
]


@pytest.mark.parametrize(("typed", "kept"), SETTLED)
def test_what_is_written_on_a_field_is_read(typed, kept):
    assert prompts.settle([typed]) == ([kept], [{}])
    assert prompts.settle([kept]) == ([kept], [{}])


def test_what_a_field_looks_for_is_read_as_the_other_fields_type():
    fields, errors = prompts.settle([Field("n", Type.INT), Field("b", shown_if="n", shown_values=("5",))])
    assert (fields[1].shown_values, errors) == ((5,), [{}, {}])


WRONG = [
    (Field("-x"), "name", "A name has up to 50 letters, digits, - and _, and begins with a letter or a digit."),
    (Field("x" * 51), "name", "A name has up to 50 letters, digits, - and _, and begins with a letter or a digit."),
    (Field("Target_ID"), "name", "Target_ID is a part of every form already."),
    (Field("ENV"), "name", "Another field has the name ENV already."),
    (Field("x", raw("float")), "type", "There is no such type."),
    (Field("x", label="y" * 101), "label", "Keep this under 100 characters."),
    (Field("x", Type.INT, allowed=("1", "two")), "allowed", f"“two”: {NUMBER}"),
    (Field("x", Type.INT, allowed=("1", "01")), "allowed", "“01” is there twice."),
    (Field("x", Type.PERSON, allowed=("a@b.c",)), "allowed", f"“a@b.c”: {NOBODY}"),
    (Field("x", allowed=tuple(map(str, range(101)))), "allowed", "Offer at most 100."),
    (Field("x", Type.BOOL, allowed=(True, False)), "allowed", "Name the one that it has to be, or none."),
    (Field("x", Type.INT, default="one"), "default", NUMBER),
    (Field("x", allowed=STAGES, default="test"), "default", "The default is not one of the allowed values."),
    (Field("x", Type.STRINGS, default="a"), "default", "Lists and people have no default."),
    (Field("x", Type.PERSON, default="a"), "default", "Lists and people have no default."),
    (Field("x", visible=False), "default", "A field that nobody sees needs a default."),
    (Field("x", shown_if="x"), "shown_if", "There is no field x before this one."),
    (Field("x", shown_if="later"), "shown_if", "There is no field later before this one."),
    (Field("x", shown_values=("a",)), "shown_values", "Say which field this looks at."),
    (Field("x", shown_if="env", shown_values=("test",)), "shown_values", "env can never be “test”."),
    (
        Field("x", shown_if="who", shown_values=("a@b.c",)), "shown_values", f"“a@b.c”: {NOBODY}",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("field", "name", "sentence"), WRONG)
def test_what_can_never_work_is_refused_beside_what_is_wrong(field, name, sentence):
    _fields, errors = prompts.settle([ENV, Field("who", Type.PERSON), field, Field("later")])
    assert errors == [{}, {}, {name: sentence}, {}]


def test_no_name_of_the_form_itself_can_be_taken():
    assert {"target", "duration", "reason", "ticket", "submission", "starts_at", "flow"} <= RESERVED


def test_a_flow_asks_only_so_much():
    _fields, errors = prompts.settle([Field(f"f{number}") for number in range(41)])
    assert errors[-1] == {"name": "A flow has at most 40 fields."}


def test_a_field_in_words_tells_all_that_is_set():
    field = Field(
        "env", label="Environment", help="Where.", allowed=STAGES, default="prod", required=False, visible=False,
        shown_if="urgent", shown_values=(True,),
    )  # fmt: skip
    assert prompts.in_words(field) == (
        "env (string, optional, never shown); label Environment; help Where.; one of prod, staging; default prod;"
        " asked if urgent is true"
    )
    assert prompts.in_words(Field("n", Type.INT, shown_if="env")) == "n (int, required); asked if env is answered"
