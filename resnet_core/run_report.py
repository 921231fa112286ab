"""What a finished run taught, in one piece: verdict, results, time and settings, as Markdown too.

Every sentence is made from what the run's folder holds; one that cannot be made is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from resnet_core.checkpoints import CheckpointCard, list_cards
from resnet_core.comparing.verdict import judge_run
from resnet_core.config import (
    ArmConfig,
    DataConfig,
    ExperimentConfig,
    Replica,
    TrainingConfig,
    settings_of,
)
from resnet_core.data.source import LeftOut
from resnet_core.edits import edit_sentence, read_edits
from resnet_core.errors import RunError
from resnet_core.runs.curves import Evaluation
from resnet_core.runs.logged import read_facts
from resnet_core.runs.metrics import read_curves
from resnet_core.runs.pictures import read_pictures
from resnet_core.runs.status import RunStatus, read_config, read_status, run_dir
from resnet_core.shares import percent

_UNTOLD = ("checkpoint_every_s", "compile", "channels_last", "num_snapshots")
"""Settings of a recipe that change no result."""


@dataclass(frozen=True, kw_only=True)
class ReportedNet:
    """What was measured of one net at a run's last step; `None` where nothing was."""

    label: str
    validation_accuracy: float | None
    """Share of right answers."""
    test_accuracy: float | None
    stopped: str | None
    """Why it stopped before the others, if it did."""


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """What a finished run showed, and how it was made."""

    run_id: str
    name: str
    verdict: str
    """What differs between its nets, by how much, and how sure that is."""
    time: str
    """How long it trained, on what."""
    results: tuple[ReportedNet, ...]
    settings: tuple[tuple[str, str], ...]
    """Title and value of each setting."""
    edits: tuple[str, ...] = ()
    """What was changed while it trained, a sentence each, in order."""
    left_out: tuple[LeftOut, ...] = ()
    """What of its folder or file of pictures was left out."""

    def to_markdown(self) -> str:
        """Writes the report as a document of its own."""
        return "\n\n".join(
            (
                f"# What this run showed: {_text(self.name)}",
                _text(self.verdict),
                _table(("Net", "Validation", "Test"), [_cells(each) for each in self.results]),
                _text(self.time),
                *_changes(self.edits),
                *_left_out(self.left_out),
                "## Settings",
                _table(("Setting", "Value"), self.settings),
                f"Run `{self.run_id}` of ResNet Lab.\n",
            )
        )


def report_run(run_id: str) -> RunReport:
    """Makes the report of a finished run.

    Raises:
        RunNotFoundError: when there is no such run.
        RunError: when it is not finished, or its metrics cannot be read.
    """
    status, config = read_status(run_id), read_config(run_id)
    if status.phase != "finished":
        raise RunError(f"Run {run_id} is {status.phase}: a report is made of a finished run.")
    found = read_pictures(run_dir(run_id))
    return RunReport(
        run_id=run_id,
        name=status.name,
        verdict=judge_run(status).sentence,
        time=_watched_time(status)
        if status.is_watched
        else time_sentence(status, config, _last_card(run_dir(run_id))),
        results=_results(status, config),
        settings=tuple(read_facts(run_dir(run_id)).items())
        if status.is_watched
        else tuple(_settings(config)),
        edits=tuple(edit_sentence(edit) for edit in read_edits(run_id)),
        left_out=found.left_out if found else (),
    )


def _watched_time(status: RunStatus) -> str:
    on = f" on {status.device}" if status.device else ""
    return f"{status.step:,} steps took {status.elapsed_s:,.0f} s{on}, in a program of its own."


def time_sentence(status: RunStatus, config: ExperimentConfig, card: CheckpointCard | None) -> str:
    """Says how long a run trained, on what and with which versions."""
    words = f"{status.step:,} steps of {config.training.batch_size} pictures took "
    words += f"{status.elapsed_s:,.0f} s of training"
    words += f" on {status.device}" if status.device else ""
    if card is None:
        return f"{words}."
    versions = ", ".join(f"{name} {version}" for name, version in (card.libraries or {}).items())
    return f"{words}; {card.date}{f', {versions}' if versions else ''}."


def share_text(share: float | None) -> str:
    """Writes a share in percent; a dash where there is none."""
    return "–" if share is None else percent(share)


def _last_card(folder: Path) -> CheckpointCard | None:
    cards = sorted(list_cards(folder / "checkpoints"), key=lambda card: card.step)
    return cards[-1] if cards else None


def _results(status: RunStatus, config: ExperimentConfig) -> tuple[ReportedNet, ...]:
    found = read_curves(run_dir(status.run_id)).evaluations
    return tuple(
        ReportedNet(
            label=config.title_of(replica),
            validation_accuracy=_last_accuracy(found, replica, "validation", status.step),
            test_accuracy=_last_accuracy(found, replica, "test", status.step),
            stopped=status.arms[replica.arm].stopped_message,
        )
        for replica in config.replicas
    )


def _last_accuracy(
    evaluations: tuple[Evaluation, ...], replica: Replica, split: str, step: int
) -> float | None:
    """Gives the accuracy at the run's last step: one of an earlier step is not the result."""
    wanted = (replica.arm, replica.seed, split, step)
    found = [each for each in evaluations if (each.arm, each.seed, each.split, each.step) == wanted]
    return found[-1].accuracy if found else None


def _settings(config: ExperimentConfig) -> Iterator[tuple[str, str]]:
    for arm in config.arms:
        if arm.start is not None:
            yield f"{arm.label}: {settings_of(ArmConfig)['start'].title}", arm.start.in_words
    yield settings_of(ExperimentConfig)["seed"].title, str(config.seed)
    for part, kind in ((config.data, DataConfig), (config.training, TrainingConfig)):
        for name, setting in settings_of(kind).items():
            value = getattr(part, name)
            if value is not None and name not in _UNTOLD and not _is_idle(name, config.training):
                yield setting.title, setting.word(value)


def _is_idle(name: str, training: TrainingConfig) -> bool:
    """Whether a setting has no say beside the others, so that it would mislead."""
    if name == "epochs":
        return training.steps is not None
    return name in ("milestones", "decay_factor") and training.schedule != "step"


def _changes(edits: tuple[str, ...]) -> tuple[str, ...]:
    if not edits:
        return ()
    return "## Changed while it trained", "\n".join(f"- {_text(edit)}" for edit in edits)


def _left_out(left_out: tuple[LeftOut, ...]) -> tuple[str, ...]:
    if not left_out:
        return ()
    rows = [(each.what, f"{each.count:,}", each.why) for each in left_out]
    return "## Left out of the pictures", _table(("What", "Files", "Because it"), rows)


def _cells(result: ReportedNet) -> tuple[str, ...]:
    label = result.label + (f" ({result.stopped})" if result.stopped else "")
    return label, share_text(result.validation_accuracy), share_text(result.test_accuracy)


def _table(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...] | list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(_text(cell) for cell in line)} |" for line in lines)


def _text(words: str) -> str:
    """Keeps names that people gave from being read as markup."""
    for mark in ("\\", "|", "<", "`", "*", "_", "[", "]", "!"):
        words = words.replace(mark, f"\\{mark}")
    return " ".join(words.split())
