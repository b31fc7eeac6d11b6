"""Pages leave out how far their templates are indented, and say the same."""

from django.template import Engine
from django.template.loader import render_to_string

from portal import indentation


def test_lines_of_a_page_are_not_indented():
    assert indentation.without("<p>\n        a  b\n\n  </p>  c") == "<p>\na  b\n</p>  c"
    assert "\n " not in render_to_string("components/empty.html", {"title": "A title"})


def test_neither_in_what_it_extends_and_includes_nor_in_its_conditions():
    page = render_to_string("refused.html", {"refusal_title": "A title", "text": "A text.", "back": "/"})
    assert "A text." in page
    assert "\n " not in page.partition("<main")[2]


def test_what_somebody_wrote_keeps_its_lines():
    said = render_to_string("components/empty.html", {"title": "One\n   two", "icon": "check"})
    assert "One\n   two" in said


def test_a_page_is_read_once():
    engine = Engine.get_default()
    assert engine.get_template("refused.html") is engine.get_template("refused.html")
