"""What a first visit to a page costs: bytes, jumps of the layout, and what the console says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Page

_GAP_MS, _WINDOW_MS = 1000, 5000  # a session of shifts, as browsers' makers define it
_SETTLED_MS = 1500
_WATCH_SHIFTS = """window.labShifts = [];
new PerformanceObserver(list => {
  for (const { hadRecentInput, value, startTime } of list.getEntries())
    if (!hadRecentInput) window.labShifts.push({ value, at_ms: startTime });
}).observe({ type: "layout-shift", buffered: true });"""
_IS_SETTLED = """() => document.querySelector("h1")
  && !document.querySelector("[data-testid=stStatusWidget], [data-stale=true]")
  && !document.querySelector("[data-testid=stSkeleton]")
  && ![...document.querySelectorAll("button")].some(button => button.innerText.trim() === "Stop")"""


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What the browser saw from the first request until the page stood still."""

    transferred_bytes: int
    """Answers as they came over the line, packed, and the websocket's messages."""
    layout_shift: float
    """Cumulative layout shift: the largest session of shifts."""
    console_errors: tuple[str, ...]


def measure_arrival(context: BrowserContext, url: str) -> tuple[Page, Arrival]:
    """Opens an address in an empty browser and waits until all is there."""
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    received = _count_received(page)
    page.add_init_script(_WATCH_SHIFTS)
    page.goto(url)
    page.wait_for_function(_IS_SETTLED)
    page.wait_for_timeout(_SETTLED_MS)
    page.wait_for_function(_IS_SETTLED)
    page.wait_for_timeout(_SETTLED_MS)
    return page, Arrival(
        transferred_bytes=sum(received),
        layout_shift=cumulative_shift(page.evaluate("window.labShifts")),
        console_errors=tuple(errors),
    )


def cumulative_shift(shifts: Iterable[Mapping[str, float]]) -> float:
    """Adds up shifts less than a second apart, for five seconds at most; gives the largest sum."""
    largest = total = 0.0
    start = last = float("-inf")
    for shift in sorted(shifts, key=lambda each: each["at_ms"]):
        at_ms = shift["at_ms"]
        if at_ms - last > _GAP_MS or at_ms - start > _WINDOW_MS:
            start, total = at_ms, 0.0
        last = at_ms
        total += shift["value"]
        largest = max(largest, total)
    return largest


def _count_received(page: Page) -> list[int]:
    received: list[int] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    session.on("Network.webSocketFrameReceived", lambda event: received.append(_length(event)))
    return received


def _length(event: dict[str, Any]) -> int:
    return len(event["response"]["payloadData"]) * 3 // 4  # told in base64
