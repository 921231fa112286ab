"""What every answer of the server carries: the browser may talk to this server and nobody else."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.ui.shell.origin import asked_address

# Streamlit's front end needs inline styles, and starts components from blobs; its charts compile
# expressions.  No other machine is allowed anywhere, so that neither a picture in somebody's
# Markdown nor a font can make the browser call out.
_POLICY = "; ".join(
    (
        "default-src 'self' data: blob:",
        "script-src 'self' blob: 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
        "connect-src 'self' data: blob:",
    )
)
_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class SecurityHeaders:
    """Adds the headers to each HTTP answer; a plain ASGI middleware, so it buffers nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request through the wrapped app."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = {**_HEADERS, "Content-Security-Policy": _policy(scope)}
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _policy(scope: Scope) -> str:
    # 'self' covers websockets of the same address, but Safari before 15.4 did not know that.
    address = asked_address(Headers(scope=scope))
    return _POLICY if address is None else f"{_POLICY} ws://{address} wss://{address}"
