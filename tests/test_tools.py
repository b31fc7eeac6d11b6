"""The tools that look at the code itself."""

from collections import Counter

from tools import house_doc, mutants, pin_extras, room_coverage

CODE = '''
def may(one, other):
    """Say whether."""
    if one < other and other in (1, 2):
        return one + 1
    return None
'''


def test_a_mutant_is_one_change_and_the_file_is_whole_again_after_it():
    made = list(mutants.mutants(CODE))
    assert [one.change for one in made] == [
        "one < other and other in (1, 2) → not (one < other and other in (1, 2))",
        "And → Or", "one + 1 → None", "Lt → LtE", "In → NotIn", "Add → Sub",
    ]  # fmt: skip
    assert len({one.text for one in made}) == len(made)


def test_every_mutant_can_be_read():
    for one in mutants.mutants(CODE):
        compile(one.text, "mutant", "exec")


def test_a_room_is_the_sum_of_its_files():
    def told(*numbers):
        return {"summary": dict(zip(room_coverage.COUNTED, numbers, strict=True))}

    table = room_coverage.table(
        {"access/grants/end_early.py": told(8, 10, 1, 4), "access/grants/begin.py": told(2, 10, 1, 4)}
    )
    assert [line.split() for line in table.splitlines()[1:]] == [["access/grants", "50.0", "%", "25.0", "%", "6"]]


def test_what_follows_from_other_arrows_is_not_drawn():
    assert house_doc._reached("top", {"top": {"middle"}, "middle": {"low"}, "low": set()}) == {"middle", "low"}
    assert Counter(house_doc.text().split("\n"))["    models --> core"] == 1


def test_the_box_of_the_rooms_says_that_it_is_drawn_from_above_to_below():
    """A box that arrows lead to is laid out sideways otherwise, and then arrows run up."""
    assert "  subgraph access\n    direction TB\n" in house_doc.text()


def test_what_is_wanted_with_an_extra_is_pinned_with_it_too():
    text = "other==1 \\\n    --hash=sha256:aa\npydantic==2 \\\n    --hash=sha256:bb\n    # via x\nzebra==3\n"
    pinned = pin_extras.pinned(text)
    assert "pydantic[email]==2 \\\n    --hash=sha256:bb\n    # via scim2-models\nzebra==3" in pinned
    assert pin_extras.pinned(pinned) == pinned
