"""Where the app, its own routes and what they tell stand on the server."""

from collections.abc import Sequence

import streamlit as st

SEPARATOR = ","
"""Between names in one address."""


def served_root() -> str:
    """Path under which the server answers the lab's own requests, such as `/api`."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}/{api_root()}" if base else f"/{api_root()}"


def api_root() -> str:
    """Where a page finds the routes: an address relative to the page's own.

    Every page lies directly below the app's root, so the same relative address holds on all of
    them, also behind a proxy that serves the app under a prefix which the server never hears of.
    """
    return "api"


def run_page(run_id: str) -> str:
    """Where a page finds a run's live view."""
    return f"train?run={run_id}"


def live_runs_address() -> str:
    """Where `news_of_live_runs` are told."""
    return f"{api_root()}/news/live"


def list_address() -> str:
    """Where `news_of_list` are told."""
    return f"{api_root()}/news/list"


def runs_address(run_ids: Sequence[str], *, in_detail: bool = False) -> str:
    """Where `news_of_runs` are told of these runs."""
    return f"{api_root()}/news/runs/{SEPARATOR.join(run_ids)}{_detail(in_detail)}"


def progress_address(run_id: str) -> str:
    """Where `news_of_progress` are told of a run."""
    return f"{api_root()}/news/progress/{run_id}"


def verdict_address(run_id: str) -> str:
    """Where `news_of_verdict` are told of a run."""
    return f"{api_root()}/news/verdict/{run_id}"


def edits_address(run_id: str) -> str:
    """Where `news_of_edits` are told of a run."""
    return f"{api_root()}/news/edits/{run_id}"


def waiting_address(run_id: str) -> str:
    """Where `news_of_waiting` are told of a run."""
    return f"{api_root()}/news/waiting/{run_id}"


def jobs_address(tokens: Sequence[str], *, in_detail: bool = False) -> str:
    """Where the news of these jobs are told."""
    return f"{api_root()}/news/jobs/{SEPARATOR.join(tokens)}{_detail(in_detail)}"


def _detail(in_detail: bool) -> str:
    return "?detail=1" if in_detail else ""
