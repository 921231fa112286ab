"""How fast a server says that it is well while others use it, asked from a process of its own.

    python -m benchmarks.health http://127.0.0.1:8501

Asks four times a second until it is ended, and prints the seconds that each answer took.  Among
those who load the server it would measure how long it waits for its own turn in their process.
"""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx

_POLLS_PER_S = 4
_PATIENCE_S = 30.0


@contextlib.contextmanager
def polled_health(url: str, seconds: list[float]) -> Iterator[None]:
    """Asks during the block, whether the last answer has come or not, and then notes each time."""
    command = [sys.executable, "-m", "benchmarks.health", url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield
    finally:
        process.terminate()
        told, _ = process.communicate()
        seconds += [float(line) for line in told.split()]


async def _poll(url: str) -> None:
    address = f"{url}/_stcore/health"
    async with httpx.AsyncClient() as client, asyncio.TaskGroup() as group:
        while True:
            group.create_task(_ask(client, address))
            await asyncio.sleep(1 / _POLLS_PER_S)


async def _ask(client: httpx.AsyncClient, address: str) -> None:
    started = time.perf_counter()
    taken_s = _PATIENCE_S  # no answer counts as the longest wait
    with contextlib.suppress(httpx.HTTPError):
        (await client.get(address, timeout=_PATIENCE_S)).raise_for_status()
        taken_s = time.perf_counter() - started
    print(taken_s, flush=True)


if __name__ == "__main__":
    asyncio.run(_poll(sys.argv[1]))
