"""Turns a page of docs/ into HTML that the content policy takes."""

from collections.abc import Callable
from xml.etree.ElementTree import Element

from django.utils.safestring import SafeString, mark_safe
from markdown import Markdown
from markdown.extensions import Extension
from markdown.extensions.tables import TableExtension
from markdown.extensions.toc import TocExtension
from markdown.treeprocessors import Treeprocessor

Lead = Callable[[str], str]


def html(text: str, *, lead: Lead) -> SafeString:
    """Markdown as HTML, without styles of its own. `lead` says where each link leads; empty: its words stay alone."""
    extensions: list[str | Extension] = [
        "fenced_code", "sane_lists", TableExtension(use_align_attribute=True), TocExtension(), _Links(lead),
    ]  # fmt: skip
    # What is in the files is the project's own, and nothing that anybody wrote into the portal.
    return mark_safe(Markdown(extensions=extensions, output_format="html").convert(text))  # noqa: S308


class _Links(Extension):
    def __init__(self, lead: Lead) -> None:
        super().__init__()
        self.lead = lead

    def extendMarkdown(self, md: Markdown) -> None:
        processor = _Leads(md)
        processor.lead = self.lead
        md.treeprocessors.register(processor, "leads", 0)


class _Leads(Treeprocessor):
    lead: Lead

    def run(self, root: Element) -> None:
        for link in list(root.iter("a")):
            if target := self.lead(link.get("href", "")):
                link.set("href", target)
            else:
                link.tag = "span"
                del link.attrib["href"]
