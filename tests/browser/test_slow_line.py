"""A page that comes slowly: its header, which is on each page, doesn't make room for what comes of it later. What its
scripts would move is seen, as slow or quick as the machine may be.
"""

import pytest

from tests.browser import slow_line

# What of the header has moved, by what browsers call a layout shift.
HEADER = """
window.moved = [];
new PerformanceObserver((list) => {
  const nodes = list.getEntries().flatMap((one) => one.sources.map(({ node }) => node?.parentElement && node));
  window.moved.push(...nodes.filter((one) => one?.parentElement.closest(".top")).map((one) => one.textContent));
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("who", ["jon", "olga"])
def test_the_header_does_not_move_while_a_page_comes(open_browser, live_server, flow, jon, olga, who, width):
    with slow_line.to(live_server.url) as home:
        browser = open_browser({"jon": jon, "olga": olga}[who], width=width)
        browser.page.add_init_script(HEADER)
        browser.page.goto(f"{home}/")
        browser.moved()
        assert browser.page.evaluate("window.moved") == []
        assert browser.page.locator(".me").is_visible()


def test_what_a_script_moves_is_seen_on_any_machine(open_browser, flow, jon):
    moves = {"body": "document.querySelector('main').style.paddingTop = '90px'", "content_type": "text/javascript"}
    browser = open_browser(jon)
    browser.page.context.route("**/portal/live.js", lambda route: route.fulfill(**moves))
    browser.open("/", late=True)
    [wrong] = browser.came_wrong(late=True)
    assert wrong.startswith("moves by")
