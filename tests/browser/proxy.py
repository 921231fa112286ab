"""A proxy as people put before the lab: one prefix for it, kept or taken away."""

import re
import shutil
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_CONNECTION = re.compile(rb"\r\nconnection:[^\r]*", re.IGNORECASE)
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@contextmanager
def serving_under(prefix: str, port: int, *, keep_prefix: bool) -> Iterator[str]:
    """Serves what listens on a port under a prefix such as `/lab`; gives the address of its root.

    Outside the prefix there is nothing, as where other programs share the host.
    """

    class Handler(_Handler):
        path, target, is_kept = prefix.encode(), port, keep_prefix

    with _Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}{prefix}"
        server.shutdown()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


class _Handler(socketserver.StreamRequestHandler):
    """One request a connection, or one websocket."""

    path: bytes
    target: int
    is_kept: bool

    def handle(self) -> None:
        head = b"".join(iter(self.rfile.readline, b"\r\n"))
        asked = head.split(b" ", 2)[1] if head.count(b" ") > 1 else b""
        if not asked.startswith(self.path + b"/"):
            self.wfile.write(_NOT_FOUND)
            return
        with socket.create_connection(("127.0.0.1", self.target)) as server:
            server.sendall(self._rewritten(head))
            threading.Thread(target=self._send_up, args=(server,), daemon=True).start()
            with server.makefile("rb", buffering=0) as answer:
                shutil.copyfileobj(answer, self.wfile)

    def _rewritten(self, head: bytes) -> bytes:
        if not self.is_kept:
            head = head.replace(b" " + self.path, b" ", 1)
        if b"\r\nupgrade: websocket" not in head.lower():
            head = _CONNECTION.sub(b"", head) + b"Connection: close\r\n"
        return head + b"\r\n"

    def _send_up(self, server: socket.socket) -> None:
        try:
            while data := self.rfile.read1():
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)
        except (OSError, ValueError):
            pass  # one of the two has left
