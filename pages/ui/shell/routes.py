"""Read-only HTTP beside the pages: what the live chart polls, and the plotting library.

Custom routes get no session and no XSRF check from Streamlit, so they only ever read.
"""

import contextlib
import functools
import tempfile
from collections.abc import Iterable, Iterator
from importlib import resources as package_files
from pathlib import Path
from typing import IO

import streamlit as st
from plotly.offline import get_plotlyjs_version
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from pages.ui.shell.addresses import api_root, served_root
from pages.ui.shell.news_routes import build_news_routes
from pages.ui.shell.packing import BEST_CODING, STORE_FOR_EVER, VARY, agreed_coding, pack
from pages.ui.shell.wording import phase_colour, phase_word
from resnet_core.comparing.pair_reports import comparison_csv
from resnet_core.edits import Edit, edited_metrics_csv, label_edit, read_edits
from resnet_core.errors import (
    ResNetLabError,
    RunDamagedError,
    RunError,
    RunNotFoundError,
    StorageError,
)
from resnet_core.runs import metrics
from resnet_core.runs import status as runs
from resnet_core.runs.curves_alone import curves_alone
from resnet_core.runs.folding import fold_chunk
from resnet_core.runs.logged import skipped_steps

_NEVER_STORE = {"Cache-Control": "no-store"}
_MOST_SKIPPED = 20
"""Marks of skipped steps that a chart has room for, the newest."""


def build_routes() -> list[Route]:
    """Lists the lab's own routes; each answers GET and changes nothing."""
    root = served_root()
    return [
        Route(f"{root}/runs/{{run_id}}/metrics", read_metrics, methods=["GET"]),
        Route(f"{root}/runs/{{run_id}}/metrics.csv", send_csv, methods=["GET"]),
        Route(f"{root}/runs/{{run_id}}/comparison.csv", send_comparison, methods=["GET"]),
        Route(f"{root}/plotly.min.js", send_plotly, methods=["GET"]),
        *build_news_routes(),
    ]


def plotly_url() -> str:
    """Address of the plotting library; it changes with the version, so it is cached for ever."""
    return f"{api_root()}/plotly.min.js?v={get_plotlyjs_version()}"


def csv_url(run_id: str) -> str:
    """Address at which a run's metrics can be downloaded."""
    return f"{api_root()}/runs/{run_id}/metrics.csv"


def comparison_url(run_id: str) -> str:
    """Address at which the differences of a run's arms can be downloaded."""
    return f"{api_root()}/runs/{run_id}/comparison.csv"


def allowed_hosts() -> list[str]:
    """Names under which the server answers; Streamlit checks the same for its websocket."""
    return list(st.get_option("server.allowedHosts")) or ["*"]


def pack_plotly() -> None:
    """Packs the plotting library, so that no visitor waits for it."""
    pack(_plotly_file(), BEST_CODING)


# A plain function, not a coroutine: Starlette runs it in a thread, so that reading from the disk
# never holds up the other sessions.
def read_metrics(request: Request) -> Response:
    """Sends what is new in a run since the chart's newest bucket, and the run's status.

    Query: `after`, the start of that bucket, and `width`, its width in steps (both 0 at first);
    `layers=no` leaves out each layer's norms.
    """
    try:
        after, width = (_whole_number(request, name) for name in ("after", "width"))
        status = runs.read_status(request.path_params["run_id"])
        chunk = metrics.read_curves(runs.run_dir(status.run_id), after=after, width=width)
    except ValueError as exc:
        return PlainTextResponse(str(exc), status_code=400, headers=_NEVER_STORE)
    except ResNetLabError as exc:
        code = 404 if isinstance(exc, RunNotFoundError) else 503
        return PlainTextResponse(str(exc), status_code=code, headers=_NEVER_STORE)
    is_alone = request.query_params.get("layers") == "no"
    chunk = curves_alone(chunk) if is_alone else fold_chunk(chunk)
    return Response(
        chunk.to_bytes(_status_header(status)),
        media_type="application/octet-stream",
        headers=_NEVER_STORE,
    )


def send_csv(request: Request) -> Response:
    """Sends all metrics of a run as CSV."""
    try:
        folder = runs.run_dir(request.path_params["run_id"])
        table = _spooled(edited_metrics_csv(folder.name))
    except ResNetLabError as exc:
        code = 503 if isinstance(exc, RunDamagedError | StorageError) else 404
        return PlainTextResponse(str(exc), status_code=code, headers=_NEVER_STORE)
    disposition = f'attachment; filename="{folder.name}.csv"'
    return StreamingResponse(
        _pieces(table),
        media_type="text/csv",
        headers={**_NEVER_STORE, "Content-Disposition": disposition},
    )


def send_comparison(request: Request) -> Response:
    """Sends how far a run's arms are apart, seed by seed and over all, as CSV."""
    try:
        folder = runs.run_dir(request.path_params["run_id"])
        table = comparison_csv(runs.read_status(folder.name))
    except ResNetLabError as exc:
        code = 404 if isinstance(exc, RunNotFoundError) else 503
        return PlainTextResponse(str(exc), status_code=code, headers=_NEVER_STORE)
    disposition = f'attachment; filename="{folder.name}-comparison.csv"'
    headers = {**_NEVER_STORE, "Content-Disposition": disposition}
    return Response(table, media_type="text/csv", headers=headers)


def send_plotly(request: Request) -> Response:
    """Sends plotly.js as the installed plotly package has it, so that no page needs a CDN."""
    headers = {**STORE_FOR_EVER, **VARY}
    coding = agreed_coding(request.headers)
    content = _plotly_file().read_bytes() if coding is None else pack(_plotly_file(), coding)
    if coding is not None:
        headers["Content-Encoding"] = coding
    return Response(content, media_type="text/javascript", headers=headers)


def _status_header(status: runs.RunStatus) -> dict[str, object]:
    return {
        "run": status.run_id,
        "phase": status.phase,
        "kind": status.kind,
        "phase_word": phase_word(status),
        "phase_colour": phase_colour(status),
        "is_live": status.is_live,
        "step": status.step,
        "num_steps": status.num_steps,
        "message": status.message,
        "remaining_s": status.remaining_s,
        "stopped": [arm.stopped_message for arm in status.arms],
        "marks": _marks(status),
    }


def _marks(status: runs.RunStatus) -> list[dict[str, object]]:
    """The edits of a run, or what a scaler skipped; none where those are damaged."""
    try:
        if status.is_watched:
            skipped = skipped_steps(runs.run_dir(status.run_id), most=_MOST_SKIPPED)
            return [{"step": step, "text": "skipped"} for step in skipped]
        return [_mark(edit) for edit in read_edits(status.run_id)]
    except RunError:
        return []


def _mark(edit: Edit) -> dict[str, object]:
    whose = f"{edit.arm}: " if edit.arm else ""
    return {"step": edit.step, "text": f"{whose}{label_edit(edit)}"}


def _whole_number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise ValueError(f"'{name}' must be a whole number of at least 0.")
    return int(text)


def _spooled(lines: Iterable[str]) -> IO[bytes]:
    # Through a file: a long run's table is larger than one wants in memory, and the database
    # connection behind the lines must stay in this thread.
    with contextlib.ExitStack() as on_error:
        table = on_error.enter_context(tempfile.TemporaryFile())
        table.writelines(line.encode() for line in lines)
        table.seek(0)
        on_error.pop_all()
    return table


def _pieces(table: IO[bytes]) -> Iterator[bytes]:
    with table:
        yield from iter(functools.partial(table.read, 2**16), b"")


def _plotly_file() -> Path:
    return Path(str(package_files.files("plotly"))) / "package_data" / "plotly.min.js"
