"""Three hundred requests wait: the list is as light as with twenty, and the browser is never busy for long."""

import pytest

from access.models import AccessRequest
from tests import factories

WAITING, SHOWN = 300, 20
NODES, BYTES = 2_500, 70_000  # of the whole page, with all that stands around the rows
MEASURED = """
() => {
  const [nav] = performance.getEntriesByType("navigation");
  return {
    nodes: document.querySelectorAll("*").length,
    usable: Math.round(nav.domContentLoadedEventEnd),
    bytes: nav.decodedBodySize,
    long: window.long,
  };
}
"""
LONG = """
window.long = [];
new PerformanceObserver((list) => window.long.push(...list.getEntries().map(({ duration }) => Math.round(duration))))
  .observe({ type: "longtask", buffered: true });
"""


@pytest.fixture
def busy(flow, adam, now):
    """Half a day on which everybody asks."""
    for number in range(WAITING):
        factories.request_at(now=now, requester=factories.person(f"person{number}"), reason=f"to fix Ticket {number}")


@pytest.mark.parametrize("address", ["/review/", "/review/?tab=all", "/requests/{ref}/"])
def test_what_an_assistant_asked_for_fits_a_phone(open_browser, flow, adam, now, address):
    asked = factories.request_at(now=now, requester=factories.person("jonathan.of.a.long.name"))
    AccessRequest.objects.update(assistant="An assistant that has a long name of its own")
    watched = open_browser(adam, width=360)
    watched.open(address.format(ref=asked.ref))
    assert "Asked by an assistant" in watched.text
    assert watched.came_wrong() == []


def test_three_hundred_that_wait_are_as_light_as_twenty(open_browser, busy, adam, record_property):
    assert AccessRequest.objects.count() == WAITING
    watched = open_browser(adam)
    watched.page.context.add_init_script(LONG)
    watched.open("/review/")
    wrong = watched.came_wrong()
    found = watched.page.evaluate(MEASURED)
    for name, value in found.items():
        record_property(name, str(value))
    assert watched.page.locator("[data-row]").count() == SHOWN
    assert found["nodes"] <= NODES
    assert found["bytes"] <= BYTES
    assert (wrong, watched.complaints) == ([], [])
    watched.page.keyboard.press("j")
    watched.page.keyboard.press("a")
    watched.page.get_by_text("You approved it").or_(watched.page.get_by_text("on its way")).first.wait_for()
