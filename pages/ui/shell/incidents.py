"""What the server's log keeps of errors: a line if a person can mend it, else a trace with an id.

The page shows the same id, so that whoever runs the server finds the trace that belongs to it.
"""

import logging
import secrets

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.logger import get_logger

from resnet_core.errors import ResNetLabError

_LOG = get_logger(__name__)
_STREAMLIT_LOG = "streamlit.error_util"
_ID = "resnet_lab_incident"


def incident_id(error: BaseException) -> str:
    """Gives an error its id, 8 hexadecimal digits, the same however often it is asked for."""
    # Kept on the error: Streamlit logs it before it asks what to show, and both say the same id.
    return vars(error).setdefault(_ID, secrets.token_hex(4))


def told(error: BaseException) -> str:
    """What a visitor hears of an error that nobody expected."""
    return f"Something in the lab itself failed here (error {incident_id(error)})."


def one_line(text: str) -> str:
    """Makes a text fit one line of a log: names in it must not pretend to be further lines."""
    return "".join(each if each.isprintable() else " " for each in text)


def name_errors_in_log() -> None:
    """Makes Streamlit log what a script raised as one line, or as a trace with its id."""
    log = get_logger(_STREAMLIT_LOG)
    if _say_which not in log.filters:
        log.addFilter(_say_which)


def _say_which(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, ResNetLabError):
        record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
        record.msg, record.args, record.exc_info = one_line(str(error)), None, None
    elif error is not None:
        record.msg, record.args = f"Error {incident_id(error)} on a page", None
    return True


class FailedRequests:
    """Answers a request that failed with status 500 and the id; a plain ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request through the wrapped app."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def noting_send(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, noting_send)
        except Exception as exc:
            path = one_line(scope["path"])
            _LOG.error("Error %s at %s", incident_id(exc), path, exc_info=exc)
            if not has_begun:  # else it is too late for words, and the server cuts the answer off
                await _sorry(exc)(scope, receive, send)


def _sorry(error: Exception) -> PlainTextResponse:
    sentence = f"{told(error)} The details are in the server's log."
    return PlainTextResponse(sentence, status_code=500, headers={"Cache-Control": "no-store"})
