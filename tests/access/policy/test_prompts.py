"""The further questions of a flow: what each type takes, what is asked when, and what is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.core import prompts
from access.core.prompts import Field, Type
from access.core.prompts.fields import ITEMS

PEOPLE = {"adam@example.com": "Adam Novak", "rita@example.com": "Rita Moss"}
ADAM = {"email": "adam@example.com", "name": "Adam Novak"}
HOUR = 3600


def answer(field, *typed):
    """The value and the sentence when this is sent for the field; when nothing is, the field is not sent at all."""
    sent = {field.name: typed[0]} if typed else {}
    [found], errors = prompts.read([field], sent, PEOPLE)
    return found["value"], errors.get(field.name, "")


ONE_LINE = "Write this on one line, without control characters."
NUMBER = "Write a whole number of at most 15 digits."
LENGTH = "Write a length of time such as 30s, 10m, 8h, 1d or 1mo."
NOBODY = "Nobody who can sign in here has this e-mail."
TAKEN = [
    # A form sends lists of texts, a machine what it likes.
    (Type.STRING, ["prod"], "prod"),
    (Type.STRING, "  prod ", "prod"),
    (Type.STRING, "🧑‍🚒 naïve <b>", "🧑‍🚒 naïve <b>"),
    (Type.STRING, "x" * 2000, "x" * 2000),
    (Type.INT, ["5"], 5),
    (Type.INT, 5, 5),
    (Type.INT, "-7", -7),
    (Type.INT, 0, 0),
    (Type.BOOL, ["false", "true"], True),
    (Type.BOOL, ["false"], False),
    (Type.BOOL, "Yes", True),
    (Type.BOOL, False, False),
    (Type.DURATION, "1h 30m", 5400),
    (Type.DURATION, ["1mo"], 30 * 24 * HOUR),
    (Type.DURATION, 90, 90),
    (Type.DURATION, "90", 90),
    (Type.STRINGS, ["a\r\nb\n\n a "], ["a", "b"]),
    (Type.STRINGS, ["a", "b"], ["a", "b"]),
    (Type.STRINGS, "one", ["one"]),
    (Type.INTS, ["1\n2"], [1, 2]),
    (Type.INTS, [2, 1, 2], [2, 1]),
    (Type.PERSON, ["ADAM@example.com"], ADAM),
    (Type.PERSON, ADAM, ADAM),
    (Type.PERSON, {"email": "adam@example.com", "name": "Somebody grand"}, ADAM),
    (Type.PEOPLE, ["adam@example.com\nadam@example.com"], [ADAM]),
]
REFUSED = [
    (Type.STRING, 5, "Write text here."),
    (Type.STRING, {"a": 1}, "Write text here."),
    (Type.STRING, ["a", "b"], "Give one answer only."),
    (Type.STRING, "x" * 2001, "Keep this under 2000 characters."),
    (Type.STRING, "a\nb", ONE_LINE),
    (Type.STRING, "a\0b", ONE_LINE),
    (Type.STRING, "\ud800", ONE_LINE),
    (Type.STRING, "safe \u202etxet", ONE_LINE),
    (Type.INT, "5.0", NUMBER),
    (Type.INT, 5.0, NUMBER),
    (Type.INT, True, NUMBER),
    (Type.INT, "٣", NUMBER),
    (Type.INT, 10**15, NUMBER),
    (Type.INT, "9" * 5000, NUMBER),
    (Type.BOOL, "maybe", "Say yes or no."),
    (Type.BOOL, 1, "Say yes or no."),
    (Type.DURATION, "soon", LENGTH),
    (Type.DURATION, "0s", LENGTH),
    (Type.DURATION, -5, LENGTH),
    (Type.DURATION, True, LENGTH),
    (Type.DURATION, 10**9, LENGTH),
    (Type.PERSON, "jon@example.com", NOBODY),
    (Type.PERSON, 7, NOBODY),
    (Type.STRINGS, [["a"]], "Write text here."),
    (Type.STRINGS, [str(one) for one in range(51)], "Give at most 50."),
    (Type.INTS, ["1\nx"], "“x”: " + NUMBER),
    (Type.PEOPLE, ["adam@example.com\nx@example.com"], "“x@example.com”: " + NOBODY),
]


@pytest.mark.parametrize(("type_", "typed", "value"), TAKEN)
def test_what_a_type_takes(type_, typed, value):
    assert answer(Field("env", type_), typed) == (value, "")


@pytest.mark.parametrize(("type_", "typed", "sentence"), REFUSED)
def test_what_a_type_refuses_with_a_sentence(type_, typed, sentence):
    assert answer(Field("env", type_, required=False), typed) == (None, sentence)


STAGES = ("prod", "staging")
RULES = [
    # field, what is sent (nothing: not sent at all), value, sentence
    (Field("env"), [], None, "Fill in “env”."),
    (Field("env", label="Environment"), [""], None, "Fill in “Environment”."),
    (Field("env", label="Environment"), [None], None, "Fill in “Environment”."),
    (Field("env", allowed=STAGES), [" "], None, "Choose an answer for “env”."),
    (Field("env", Type.PERSON), [], None, "Choose an answer for “env”."),
    (Field("env", Type.STRINGS), [["\n"]], None, "Fill in “env”."),
    (Field("env", Type.BOOL), [], None, "Choose an answer for “env”."),
    (Field("env", Type.BOOL), [False], False, ""),
    (Field("env", required=False), [], None, ""),
    (Field("env", Type.INTS, required=False), [[]], None, ""),
    (Field("env", default="prod"), [], "prod", ""),
    (Field("env", default="prod", required=False), [""], None, ""),
    (Field("env", default="prod"), [""], None, "Fill in “env”."),
    (Field("env", Type.INT, default=0), [], 0, ""),
    (Field("env", Type.BOOL, default=True), [["false"]], False, ""),
    (Field("env", allowed=STAGES), ["prod"], "prod", ""),
    (Field("env", allowed=STAGES), ["Prod"], None, "Choose one of those that are offered."),
    (Field("env", Type.STRINGS, allowed=STAGES), [["prod", "x"]], None, "Choose one of those that are offered."),
    (Field("env", Type.DURATION, allowed=(HOUR,)), ["60m"], HOUR, ""),
    (Field("env", Type.BOOL, allowed=(True,)), [["false"]], None, "This has to be: Yes."),
    (Field("env", default="prod", visible=False), [], "prod", ""),
    (Field("env", default="prod", visible=False), [""], "prod", ""),
    (Field("env", default="prod", visible=False), ["prod"], "prod", ""),
    (
        Field("env", default="prod", visible=False), ["staging"], None,
        "The flow itself answers this. It cannot be sent.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("field", "typed", "value", "sentence"), RULES)
def test_what_is_required_has_a_default_or_is_not_seen(field, typed, value, sentence):
    assert answer(field, *typed) == (value, sentence)


ENV = Field("env", allowed=STAGES, required=False)
WHO = Field("who", shown_if="env", shown_values=("prod",))
SHOWN = [
    # the earlier field, what the later one looks for, what is sent for the earlier one, whether the later is asked
    (ENV, ("prod",), "prod", True),
    (ENV, ("prod",), "staging", False),
    (ENV, ("prod",), "", False),
    (ENV, ("prod", "staging"), "staging", True),
    (ENV, (), "staging", True),
    (ENV, (), "", False),
    (Field("env", Type.BOOL), (), True, True),
    (Field("env", Type.BOOL), (), False, False),
    (Field("env", Type.BOOL), (False,), False, True),
    (Field("env", Type.INT), (0,), 0, True),
    (Field("env", Type.INT), (), 0, True),
    (Field("env", Type.STRINGS), ("a",), ["b", "a"], True),
    (Field("env", Type.STRINGS), ("a",), ["b"], False),
    (Field("env", Type.PERSON), (), "adam@example.com", True),
]


@pytest.mark.parametrize(("first", "looked_for", "typed", "is_asked"), SHOWN)
def test_a_field_is_asked_only_when_an_earlier_one_says_so(first, looked_for, typed, is_asked):
    then = Field("why", shown_if="env", shown_values=looked_for)
    [_first, found], errors = prompts.read([first, then], {"env": typed, "why": "x"}, PEOPLE)
    assert (found["value"], found["shown"]) == (("x", True) if is_asked else (None, False))
    assert errors == {}
    _answers, errors = prompts.read([first, then], {"env": typed}, PEOPLE)
    assert ("why" in errors) is is_asked


def test_what_hangs_on_a_field_that_is_not_asked_is_not_asked_either():
    then = Field("then", shown_if="who")
    answers, errors = prompts.read([ENV, WHO, then], {"env": "staging", "who": "x", "then": 5}, {})
    assert [one["shown"] for one in answers] == [True, False, False]
    assert errors == {}


def test_everything_wrong_is_said_at_once_and_what_the_flow_does_not_have():
    _answers, errors = prompts.read([ENV, WHO], {"env": "prod", "x": 1, "y" * 100: 1}, {})
    assert errors == {
        "who": "Fill in “who”.",
        "x": "This flow has no field “x”.",
        "y" * 50: f"This flow has no field “{'y' * 50}”.",
    }
    assert prompts.read([ENV], [], {})[1] == {"": "Send the fields as names with their values."}


def test_answers_keep_the_label_of_the_day_and_are_told_in_words():
    fields = [
        Field("env", label="Environment"), Field("on", Type.BOOL), Field("for", Type.DURATION),
        Field("who", Type.PEOPLE), Field("no", required=False), Field("cost", default="c1", visible=False),
    ]  # fmt: skip
    sent = {"env": "prod", "on": True, "for": 5400, "who": list(PEOPLE)}
    answers, _errors = prompts.read(fields, sent, PEOPLE)
    assert answers[0] == {"name": "env", "label": "Environment", "type": "string", "value": "prod", "shown": True}
    assert [(one.label, one.words, one.by_flow) for one in prompts.told(answers)] == [
        ("Environment", "prod", False),
        ("on", "Yes", False),
        ("for", "1h 30m", False),
        ("who", "Adam Novak (adam@example.com), Rita Moss (rita@example.com)", False),
        ("cost", "c1", True),
    ]
    assert prompts.sent_again(answers) == {
        "env": "prod", "on": "true", "for": "1h 30m", "who": "adam@example.com\nrita@example.com",
    }  # fmt: skip


# What a machine could send: anything that is JSON, now and then something that fits.
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["prod", "5", "1h", "true", *PEOPLE]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5) | st.just("email"), inner),
    max_leaves=8,
)
FIELDS = st.lists(
    st.builds(
        Field, st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(Type), required=st.booleans(),
        shown_if=st.sampled_from(["", "a", "b"]),
    ),
    max_size=4, unique_by=lambda one: one.name,
)  # fmt: skip


@given(FIELDS, JSON | st.dictionaries(st.sampled_from(["a", "b", "c", "d", "x"]), JSON))
def test_anything_may_be_sent_and_what_is_taken_is_taken_again(fields, typed):
    prompts.named_people(fields, typed)
    answers, errors = prompts.read(fields, typed, PEOPLE)
    assert len(answers) in (0, len(fields))
    assert all(sentence.endswith(".") for sentence in errors.values())
    assert all(
        field.type in ITEMS or not isinstance(one["value"], list) for field, one in zip(fields, answers, strict=False)
    )
    if not errors:
        prompts.told(answers)
        values = {one["name"]: one["value"] for one in answers if one["value"] is not None}
        assert prompts.read(fields, values, PEOPLE) == (answers, {})
        assert prompts.read(fields, prompts.sent_again(answers), PEOPLE) == (answers, {})
