"""What the browser itself makes of the lab's content security policy."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage

_OPEN = """port => new Promise(resolve => {
  document.addEventListener("securitypolicyviolation", event => resolve(event.blockedURI));
  const socket = new WebSocket(`ws://127.0.0.1:${port}/_stcore/stream`, ["streamlit"]);
  socket.onopen = () => resolve("open");
})"""
_TIGHTEN = """() => {
  const policy = document.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = "connect-src 'self' data: blob:";
  document.head.append(policy);
}"""


def _own_port(page: Page) -> str:
    expect(page.get_by_role("heading", level=1, name="ResNet Lab")).to_be_visible()
    return page.evaluate("location.port")


def test_page_opens_sockets_to_its_own_server_alone(open_page: OpenPage) -> None:
    page = open_page("/")
    own = _own_port(page)
    assert page.evaluate(_OPEN, own) == "open"
    assert page.evaluate(_OPEN, "9") == "ws://127.0.0.1:9/_stcore/stream"
    # A second policy only takes away: 'self' covers own sockets where no address is named.
    page.evaluate(_TIGHTEN)
    assert page.evaluate(_OPEN, own) == "open"
