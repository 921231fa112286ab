"""How fast a server says that it is well while others use it."""

import asyncio
import time

import httpx

_POLLS_PER_S = 4
_PATIENCE_S = 30.0


async def poll_health(client: httpx.AsyncClient, url: str, seconds: list[float]) -> None:
    """Asks four times a second, whether the last answer has come or not, and notes each time."""
    address = f"{url}/_stcore/health"
    async with asyncio.TaskGroup() as group:
        while True:
            group.create_task(_ask(client, address, seconds))
            await asyncio.sleep(1 / _POLLS_PER_S)


async def _ask(client: httpx.AsyncClient, address: str, seconds: list[float]) -> None:
    started = time.perf_counter()
    try:
        (await client.get(address, timeout=_PATIENCE_S)).raise_for_status()
    except httpx.HTTPError:
        seconds.append(_PATIENCE_S)  # no answer counts as the longest wait
        return
    seconds.append(time.perf_counter() - started)
