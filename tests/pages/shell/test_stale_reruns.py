"""The guard of the websocket, fed with the very messages that browser and server exchange."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pages.ui.shell.stale_reruns import GuardedSession, StaleRerunGuard

HOME, TRAIN = "home-hash", "train-hash"


def rerun(page: str, *, fragment: str = "", is_auto: bool = False) -> bytes:
    message = BackMsg()
    message.rerun_script.page_script_hash = page
    message.rerun_script.fragment_id = fragment
    message.rerun_script.is_auto_rerun = is_auto
    return message.SerializeToString()


def begins(page: str, *, fragment: str = "") -> bytes:
    message = ForwardMsg()
    message.new_session.page_script_hash = page
    if fragment:
        message.metadata.run.fragment_ids.append(fragment)
    return message.SerializeToString()


def ends(
    how: ForwardMsg.ScriptFinishedStatus.ValueType = ForwardMsg.FINISHED_SUCCESSFULLY,
) -> bytes:
    return ForwardMsg(script_finished=how).SerializeToString()


@pytest.fixture
def on_home() -> GuardedSession:
    """A session that shows Home and is at rest."""
    session = GuardedSession()
    assert not session.is_stale(rerun(""))
    session.watch(begins(HOME))
    session.watch(ends())
    return session


def test_fragment_of_the_page_on_show_runs(on_home: GuardedSession) -> None:
    assert not on_home.is_stale(rerun(HOME, fragment="a"))
    assert not on_home.is_stale(rerun(HOME, fragment="a", is_auto=True))


@pytest.mark.parametrize("is_auto", [True, False])
def test_fragment_of_a_page_that_is_gone_is_dropped(on_home: GuardedSession, is_auto: bool) -> None:
    on_home.is_stale(rerun(HOME))  # the press that leads to another page
    on_home.watch(ends(ForwardMsg.FINISHED_EARLY_FOR_RERUN))
    on_home.watch(begins(TRAIN))
    assert on_home.is_stale(rerun(HOME, fragment="a", is_auto=is_auto))
    on_home.watch(ends())
    assert on_home.is_stale(rerun(HOME, fragment="a", is_auto=is_auto))
    assert not on_home.is_stale(rerun(TRAIN, fragment="b", is_auto=is_auto))


def test_timed_rerun_waits_while_a_whole_page_runs(on_home: GuardedSession) -> None:
    on_home.is_stale(rerun(HOME))
    assert on_home.is_stale(rerun(HOME, fragment="a", is_auto=True))
    assert not on_home.is_stale(rerun(HOME, fragment="a")), "a press is never lost on its own page"
    on_home.watch(ends(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY))
    assert on_home.is_stale(rerun(HOME, fragment="a", is_auto=True))
    on_home.watch(ends())
    assert not on_home.is_stale(rerun(HOME, fragment="a", is_auto=True))


def test_page_that_never_ends_does_not_hold_up_timed_reruns_for_ever(
    on_home: GuardedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.ui.shell.stale_reruns._BUSY_AT_MOST_S", 0.0)
    on_home.is_stale(rerun(HOME))
    assert not on_home.is_stale(rerun(HOME, fragment="a", is_auto=True))


def test_first_run_finds_its_page_by_the_navigation() -> None:
    session = GuardedSession()
    assert not session.is_stale(rerun(""))
    session.watch(begins("main-script-hash"))
    found = ForwardMsg()
    found.navigation.page_script_hash = HOME
    session.watch(found.SerializeToString())
    session.watch(ends())
    assert not session.is_stale(rerun(HOME, fragment="a")), "the first press in a fragment"
    assert session.is_stale(rerun(TRAIN, fragment="a"))


def test_whole_pages_and_ways_between_them_always_pass(on_home: GuardedSession) -> None:
    assert not on_home.is_stale(rerun(TRAIN))
    assert not on_home.is_stale(rerun(HOME))


def test_a_fragments_own_run_does_not_change_the_page(on_home: GuardedSession) -> None:
    on_home.watch(begins("other", fragment="a"))
    assert not on_home.is_stale(rerun(HOME, fragment="a"))


def test_other_messages_pass_untouched(on_home: GuardedSession) -> None:
    stop = BackMsg(stop_script=True).SerializeToString()
    assert not any(on_home.is_stale(content) for content in (None, b"", b"\xff\xff nonsense", stop))
    on_home.watch(None)
    on_home.watch(b"\x00" * 2**18)


def _talk(scope: Scope, heard: list[Message]) -> tuple[list[Message], list[Message]]:
    """Runs the guard around an app that shows Train, then hears all messages."""
    received: list[Message] = []
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for content in (begins(TRAIN), ends()):
            await send({"type": "websocket.send", "bytes": content})
        while (message := await receive())["type"] != "websocket.disconnect":
            received.append(message)

    async def receive() -> Message:
        return heard.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(StaleRerunGuard(app)(scope, receive, send))
    return received, sent


def test_guard_drops_stale_messages_alone() -> None:
    fresh = {"type": "websocket.receive", "bytes": rerun(TRAIN, fragment="b")}
    stale = {"type": "websocket.receive", "bytes": rerun(HOME, fragment="a")}
    text = {"type": "websocket.receive", "text": "hello"}
    leaves = {"type": "websocket.disconnect"}
    received, sent = _talk({"type": "websocket"}, [stale, fresh, stale, text, leaves])
    assert received == [fresh, text]
    assert [message["bytes"] for message in sent] == [begins(TRAIN), ends()]


class Wire:
    """A guarded websocket whose both ends a test holds."""

    def __init__(self) -> None:
        self.browser: asyncio.Queue[Message] = asyncio.Queue()
        self.heard: asyncio.Queue[Message] = asyncio.Queue()
        self.server: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def listen() -> None:
            while True:
                self.heard.put_nowait(await receive())

        listening = asyncio.create_task(listen())
        while content := await self.server.get():
            await send({"type": "websocket.send", "bytes": content})
        listening.cancel()

    async def ignore(self, message: Message) -> None:
        """Takes what the browser is sent."""

    async def say(self, *contents: bytes) -> None:
        for content in contents:
            self.server.put_nowait(content)
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("next_page", [HOME, TRAIN])
def test_guard_holds_a_press_until_its_page_is_made(next_page: str) -> None:
    """Streamlit loses the end of a page whose fragment is run again just as it ends."""
    press = {"type": "websocket.receive", "bytes": rerun(HOME, fragment="a")}
    page = {"type": "websocket.receive", "bytes": rerun(next_page)}
    stop = {"type": "websocket.receive", "bytes": BackMsg(stop_script=True).SerializeToString()}

    async def talk() -> None:
        wire = Wire()
        guard = StaleRerunGuard(wire.serve)
        guarding = asyncio.create_task(guard({"type": "websocket"}, wire.browser.get, wire.ignore))
        for message in (page, press, stop):
            wire.browser.put_nowait(message)
        assert [await wire.heard.get(), await wire.heard.get()] == [page, stop]
        await wire.say(begins(next_page), ends(ForwardMsg.FINISHED_EARLY_FOR_RERUN))
        await wire.say(begins(next_page))  # the script asked for its own rerun
        assert wire.heard.empty()
        await wire.say(ends())
        assert wire.heard.empty() if next_page != HOME else wire.heard.get_nowait() == press
        await wire.say(b"")
        await guarding

    asyncio.run(talk())


def test_guard_leaves_http_alone() -> None:
    stale = {"type": "websocket.receive", "bytes": rerun(HOME, fragment="a")}
    received, _ = _talk({"type": "http"}, [stale, {"type": "websocket.disconnect"}])
    assert received == [stale]
