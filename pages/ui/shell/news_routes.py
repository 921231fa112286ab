"""Read-only addresses that the listening elements poll: runs, and jobs behind unguessable names."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from pages.ui.shell import jobs
from pages.ui.shell.addresses import SEPARATOR, served_root
from pages.ui.shell.news import (
    News,
    news_of_edits,
    news_of_list,
    news_of_live_runs,
    news_of_progress,
    news_of_runs,
    news_of_verdict,
)
from pages.ui.shell.resources import list_recent_runs
from pages.ui.shell.waiting_news import news_of_waiting
from resnet_core.errors import ResNetLabError, RunNotFoundError
from resnet_core.runs.status import read_status

_NEVER_STORE = {"Cache-Control": "no-store"}
_MOST_AT_ONCE = 300


def build_news_routes() -> list[Route]:
    """Lists the addresses; each answers GET and changes nothing."""
    tellers: dict[str, Callable[[Request], News]] = {
        "live": lambda request: news_of_live_runs(list_recent_runs()),
        "list": lambda request: news_of_list(list_recent_runs()),
        "runs/{names}": _tell_runs,
        "progress/{names}": lambda request: news_of_progress(read_status(_names(request)[0])),
        "verdict/{names}": lambda request: news_of_verdict(read_status(_names(request)[0])),
        "edits/{names}": lambda request: news_of_edits(read_status(_names(request)[0])),
        "waiting/{names}": lambda request: news_of_waiting(read_status(_names(request)[0])),
        "jobs/{names}": _tell_jobs,
    }
    return [
        Route(f"{served_root()}/news/{path}", _answering(tell), methods=["GET"])
        for path, tell in tellers.items()
    ]


def _answering(tell: Callable[[Request], News]) -> Callable[[Request], Response]:
    # A plain function, not a coroutine: Starlette runs it in a thread.
    def answer(request: Request) -> Response:
        try:
            return JSONResponse(tell(request).to_json(), headers=_NEVER_STORE)
        except ResNetLabError as exc:
            code = 404 if isinstance(exc, RunNotFoundError) else 503
            return PlainTextResponse(str(exc), status_code=code, headers=_NEVER_STORE)

    return answer


def _tell_runs(request: Request) -> News:
    statuses = [read_status(run_id) for run_id in _names(request)]
    return news_of_runs(statuses, in_detail="detail" in request.query_params)


def _tell_jobs(request: Request) -> News:
    return jobs.news_of_jobs(_names(request), in_detail="detail" in request.query_params)


def _names(request: Request) -> tuple[str, ...]:
    return tuple(request.path_params["names"].split(SEPARATOR)[:_MOST_AT_ONCE])
