"""Numbers and states as people read them."""

from datetime import datetime

from resnet_core.data import SourceInfo
from resnet_core.runs.status import Phase, RunStatus
from resnet_core.stored.files import StoredMeasurement

_PHASES: dict[Phase, tuple[str, str]] = {
    "queued": ("waiting", "gray"),
    "preparing": ("preparing", "blue"),
    "training": ("training", "blue"),
    "paused": ("paused", "yellow"),
    "stopping": ("stopping", "yellow"),
    "finished": ("finished", "green"),
    "stopped": ("stopped", "gray"),
    "failed": ("failed", "red"),
    "interrupted": ("interrupted", "red"),
    "damaged": ("damaged", "red"),
}


def phase_word(status: RunStatus) -> str:
    """Says a run's phase in one word."""
    return _PHASES[status.phase][0]


def phase_colour(status: RunStatus) -> str:
    """Names the colour of a run's phase, one of Streamlit's."""
    return _PHASES[status.phase][1]


def phase_badge(status: RunStatus) -> str:
    """Says a run's phase as a coloured badge, in Streamlit's Markdown."""
    return f":{phase_colour(status)}-badge[{phase_word(status)}]"


def duration(seconds: float | None) -> str:
    """Says a stretch of time with two units, such as `3 min 20 s`; a dash where unknown."""
    if seconds is None:
        return "–"
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def count(number: float) -> str:
    """Says a large number with three digits and a unit, such as `273 k` or `41.6 M`."""
    rounded = float(f"{number:.3g}")  # 999,700 is a million in three digits
    for limit, unit in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(rounded) >= limit:
            return f"{rounded / limit:.3g}{unit}"
    return f"{rounded:.3g}"


def progress_text(status: RunStatus) -> str:
    """Says how far a run is, such as `step 120 of 600`."""
    if not status.num_steps:  # a watched run need not say how long it will be
        return f"step {status.step:,}" if status.step else "no step yet"
    return f"step {status.step:,} of {status.num_steps:,}"


def time_text(status: RunStatus) -> str:
    """Says how long a run has trained and may still take, such as `trained for 12 s`."""
    parts = [f"trained for {duration(status.elapsed_s)}"]
    if status.is_live and status.is_watched and not status.num_steps:
        parts.append("how long it will be is not known here")
    elif status.is_live and status.remaining_s is None:
        parts.append("time left not known yet")
    elif status.is_live:
        parts.append(f"about {duration(status.remaining_s)} left")
    return " · ".join(filter(None, [*parts, status.device]))


def data_row(source: SourceInfo) -> dict[str, str]:
    """Describes a data set as one row of a table."""
    size = f"{source.image_size_px} x {source.image_size_px} px"
    states = {
        "ready": "ready",
        "downloadable": f"downloads {source.download_mib:,.0f} MiB when it is chosen",
        "partial": "half downloaded, goes on when it is chosen",
        "damaged": "damaged, is made again when it is chosen",
    }
    return {
        "Data set": source.title,
        "Pictures": f"{source.num_pictures:,}",
        "Classes": str(source.num_classes),
        "Size": f"{size}, {'gray' if source.channels == 1 else 'colour'}",
        "State": states[source.status],
    }


def local_time(moment: datetime) -> str:
    """Says a moment in the time zone of the machine that runs the lab."""
    return moment.astimezone().strftime("%d %b %Y, %H:%M")


def stored_words(stored: StoredMeasurement) -> str:
    """Says when and with what a stored result was measured."""
    return (
        f"Stored: measured on {stored.date} with {stored.hardware} (python -m resnet_core store)."
    )


def here_words(num_known: int, num_all: int, what: str) -> str:
    """Says that something was measured on this machine, and how much of it an earlier time.

    Args:
        num_known: how many were there before it was asked for.
        num_all: how many there are.
        what: their name, in the plural.
    """
    if not num_known:
        return "Measured here."
    return f"Measured here; {num_known:,} of {num_all:,} {what} were there already."
