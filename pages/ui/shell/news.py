"""What the listening elements of the pages are told: how runs and jobs are doing, in few bytes."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from pages.ui.shell.addresses import run_page
from pages.ui.shell.wording import duration, phase_word, progress_text, time_text
from resnet_core.comparing.verdict import tell_run
from resnet_core.edits import done_and_pending_edits
from resnet_core.runs.status import RunStatus

_MOST_LIVE_RUNS = 3


@dataclass(frozen=True, kw_only=True)
class NewsLine:
    """One line of a listening element, as plain text."""

    text: str
    title: str = ""
    """Stands above the text, as a link if there is an address."""
    href: str = ""
    """A page of the app, relative to every other."""
    fraction: float | None = None
    """How far it is, 0 to 1; `None` draws no bar."""


@dataclass(frozen=True, kw_only=True)
class News:
    """How something is doing at a moment."""

    signature: str
    """Changes when a page that showed these news must run again."""
    lines: tuple[NewsLine, ...] = ()
    is_live: bool = True
    """Whether something goes on, so that it is worth asking often."""
    is_final: bool = False
    """Whether the page should run again at once, however new its view is."""

    def to_json(self) -> dict[str, object]:
        """Gives what the browser is sent."""
        return asdict(self)


def news_of_live_runs(runs: Sequence[RunStatus]) -> News:
    """Tells which runs are going, each with a link to it; nothing has to run again for them.

    Args:
        runs: all runs, newest first.
    """
    live = [status for status in runs if status.is_live]
    return News(
        signature="",
        is_live=bool(live),
        lines=tuple(_link_line(status) for status in live[:_MOST_LIVE_RUNS]),
    )


def news_of_list(runs: Sequence[RunStatus]) -> News:
    """Tells whether a list of runs is still right: which there are, their names and phases."""
    facts = repr([(status.run_id, status.name, status.phase) for status in runs])
    signature = hashlib.sha256(facts.encode()).hexdigest()[:16]
    return News(signature=signature, is_live=any(status.is_live for status in runs))


def news_of_runs(runs: Sequence[RunStatus], *, in_detail: bool = False) -> News:
    """Tells of chosen runs what their controls depend on.

    Args:
        runs: at least one.
        in_detail: also says when a step has been made.
    """
    parts = [
        f"{status.phase} {status.checkpoint_step if status.is_resumable else ''}"
        f"{status.step if in_detail else ''}"
        for status in runs
    ]
    return News(
        signature=", ".join(parts),
        is_live=any(status.is_live for status in runs),
        is_final=not any(status.is_live for status in runs),
        lines=tuple(NewsLine(text=time_text(status)) for status in runs),
    )


def news_of_progress(status: RunStatus) -> News:
    """Tells how far a run is, for its row in a list."""
    trained = f"trained for {duration(status.elapsed_s)}"
    lines = (NewsLine(title=progress_text(status), text=trained),)
    return News(signature="", is_live=status.is_live, lines=lines)


def news_of_verdict(status: RunStatus) -> News:
    """Tells what a run shows so far: a line for each part, what it says first above."""
    told = tell_run(status)
    lines = (NewsLine(title=first, text=" ".join(others)) for first, *others in told)
    return News(signature="", is_live=status.is_live, lines=tuple(lines))


def news_of_edits(status: RunStatus) -> News:
    """Tells whether a list of a run's edits is still right: which are made, and which wait.

    Raises:
        ResNetLabError: when the run's folder cannot be read.
    """
    done, waiting = done_and_pending_edits(status.run_id)
    signature = f"{status.phase} {len(done)} {[wish.number for wish in waiting]}"
    return News(signature=signature, is_live=status.is_live)


def _fraction(status: RunStatus) -> float | None:
    if status.num_steps:
        return min(1.0, status.step / status.num_steps)
    return None if status.is_watched else 0.0


def _link_line(status: RunStatus) -> NewsLine:
    return NewsLine(
        title=status.name,
        href=run_page(status.run_id),
        text=f"{phase_word(status)}, {progress_text(status)}",
        fraction=_fraction(status),
    )
