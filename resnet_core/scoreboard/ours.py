"""What this project's shipped nets and a person's own runs measured."""

import functools
import math
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from resnet_core import paths
from resnet_core.atomic import storage_errors, write_atomically
from resnet_core.checkpoints import CheckpointCard, list_cards, list_checkpoints
from resnet_core.comparing.across_runs import last_results
from resnet_core.config import DataConfig, ExperimentConfig, ModelConfig
from resnet_core.config.settings import settings_of
from resnet_core.data.synthetic import NUM_PICTURES
from resnet_core.errors import RunError
from resnet_core.models import measure_cost
from resnet_core.recipes.files import list_recipes, load_recipe
from resnet_core.runs.folders import find_own_run
from resnet_core.runs.metrics import read_curves
from resnet_core.runs.status import find_run, list_runs, read_config, read_status, run_dir
from resnet_core.scoreboard.entries import Entry, NetKind, ResultOrigin
from resnet_core.scoreboard.published import PUBLISHED_RESULTS

_MARK = "on-scoreboard"
_CIFAR10 = "CIFAR-10"
_PAPER_STEPS, _PAPER_BATCH, _PAPER_PICTURES = 64_000, 128, 45_000
_TEST_PICTURES = {
    _CIFAR10: 10_000,
    "CIFAR-10 (JPEG copy)": 10_000,
    "Fashion-MNIST": 10_000,
    "Synthetic figures": NUM_PICTURES["test"],
}
"""Of data sets that shipped nets learned, since a card does not tell."""
# The end of a run, over which its training batches are averaged.
_LAST_SHARE = 0.05


@dataclass(frozen=True, kw_only=True)
class _Result:
    """One net of ours with what was measured of it."""

    card: CheckpointCard
    training_error: float | None
    run_id: str | None = None
    data: DataConfig | None = None
    """What the run asked of the pictures; a shipped card does not tell it."""
    num_test: int | None = None
    """Test pictures, where the run kept its answers."""

    @property
    def learned(self) -> tuple[object, ...]:
        """From which pictures it learned, how they were varied, what it began from and became.

        Results with the same of these, the same recipe and length differ in net and seed alone.
        """
        card, data = self.card, self.data
        pictures = card.data_title, card.data_sha256, card.num_train
        begun = card.source.partition(", begun from ")[2]
        changed = card.interventions, card.edits
        if data is None:
            return (*pictures, begun, changed)
        split = data.validation_share, data.split_seed
        return (*pictures, begun, changed, split, data.augmentation, data.crop_padding_px)


def put_on_scoreboard(run_id: str) -> None:
    """Adds a finished run.

    Raises:
        RunError: when it is not finished, measured nothing on test pictures, or came with the lab.
    """
    find_own_run(run_id)
    folder = run_dir(run_id)
    if read_status(run_id).phase != "finished":
        raise RunError("Only a finished run can join the scoreboard.")
    if not _final_cards(folder):
        raise RunError("This run measured nothing on test pictures, so it cannot join.")
    write_atomically(folder / _MARK, b"")


def leave_scoreboard(run_id: str) -> None:
    """Takes a run off again."""
    mark = run_dir(run_id) / _MARK
    with storage_errors(mark):
        mark.unlink(missing_ok=True)


def joined_runs() -> tuple[str, ...]:
    """Ids of the runs that are on the scoreboard."""
    return tuple(
        s.run_id for s in list_runs() if not s.is_damaged and (find_run(s.run_id) / _MARK).exists()
    )


def list_entries() -> tuple[Entry, ...]:
    """Lists published results, shipped nets and joined runs."""
    cards = (*list_checkpoints(), *list_cards(paths.results_dir()))
    shipped = [_Result(card=c, training_error=_card_error(c)) for c in cards if _is_scored(c)]
    runs = [result for run_id in joined_runs() for result in _run_results(run_id)]
    return (*PUBLISHED_RESULTS, *_merge_seeds(shipped, "shipped"), *_merge_seeds(runs, "run"))


def _run_results(run_id: str) -> list[_Result]:
    folder = run_dir(run_id)
    errors = _last_batches_error(folder)
    counts = {result.num_pictures for result in last_results(read_status(run_id))}
    num_test = counts.pop() if len(counts) == 1 else None
    data = read_config(run_id).data
    return [
        _Result(
            card=card,
            training_error=errors.get((_arm_of(card), card.seed)),
            run_id=run_id,
            data=data,
            num_test=num_test,
        )
        for card in _final_cards(folder)
    ]


def _arm_of(card: CheckpointCard) -> int:
    """Index of the arm whose weights these are; -1 where the file's name begins with none."""
    number = card.name.partition("-")[0]
    return int(number) if re.fullmatch(r"[0-9]{1,3}", number) else -1


def _card_error(card: CheckpointCard) -> float | None:
    accuracy = card.metrics.get("train_accuracy")
    return None if accuracy is None else 1 - accuracy


def _merge_seeds(results: Sequence[_Result], origin: ResultOrigin) -> list[Entry]:
    """Nets that differ in nothing but the seed are one entry; a seed that comes twice is two."""
    groups: defaultdict[tuple[object, ...], list[_Result]] = defaultdict(list)
    copies: Counter[tuple[object, ...]] = Counter()
    for result in sorted(results, key=lambda one: (one.card.seed or 0, one.card.name)):
        card = result.card
        kind = (card.model, card.training, card.num_steps, *result.learned)
        groups[*kind, copies[*kind, card.seed]].append(result)
        copies[*kind, card.seed] += 1
    return [_entry(group, origin) for group in groups.values()]


def _entry(results: Sequence[_Result], origin: ResultOrigin) -> Entry:
    first = results[0].card
    errors = [1 - result.card.metrics["test_accuracy"] for result in results]
    known = [r.training_error for r in results if r.training_error is not None]
    run_ids = tuple(dict.fromkeys(result.run_id for result in results if result.run_id))
    names = tuple(result.card.name for result in results)
    return Entry(
        net=first.model.name,
        title=_title(first),
        depth=first.model.depth,
        kind=_kind(first.model),
        data_title=first.data_title,
        origin=origin,
        test_error=statistics.mean(errors),
        test_errors=tuple(errors),
        num_test=_num_test(results[0]),
        test_error_spread=statistics.stdev(errors) if len(errors) > 1 else None,
        training_error=statistics.mean(known) if known else None,
        num_training_errors=len(known),
        parameters=measure_cost(first.model, first.image_size_px).parameters,
        epochs=_epochs(first),
        steps=first.num_steps,
        augmentation=_augmentation(results[0]),
        training=first.training,
        learned=results[0].learned,
        num_seeds=len(results),
        hardware=first.hardware,
        time_s=first.training_time_s,
        source=", ".join(run_ids or names),
        run_ids=run_ids,
        checkpoints=() if run_ids else names,
        note=_note(first),
    )


def _title(card: CheckpointCard) -> str:
    name = card.model.name
    for prefix, title in (("resnet", "ResNet-"), ("plain", "Plain-")):
        if name.startswith(prefix) and name[len(prefix) :].isdigit():
            return title + name[len(prefix) :]
    return name


def _kind(model: ModelConfig) -> NetKind:
    if model.is_plain:
        return "plain"
    if model.is_dense:
        return "dense"
    if model.name.startswith("wrn"):
        return "wide"
    return "pre-activation" if model.activation_order == "pre" else "residual"


def _num_test(result: _Result) -> int | None:
    """Test pictures behind a result: the run says it, or the data set is a known one."""
    return result.num_test or _TEST_PICTURES.get(result.card.data_title)


def _augmentation(result: _Result) -> str:
    """What was done to the training pictures: the run says it, or the recipe of a shipped net."""
    if result.data is not None:
        return _augmentation_word(result.data)
    card = result.card
    for config in _recipes():
        if config.training == card.training and card.model.name in _nets(config):
            return _augmentation_word(config.data)
    return ""


def _augmentation_word(data: DataConfig) -> str:
    return settings_of(DataConfig)["augmentation"].word(data.augmentation)


def _nets(config: ExperimentConfig) -> set[str]:
    return {arm.model.name for arm in config.arms}


@functools.cache
def _recipes() -> tuple[ExperimentConfig, ...]:
    return tuple(load_recipe(name) for name in list_recipes())


def _epochs(card: CheckpointCard) -> float | None:
    if card.training is None:
        return None
    if card.training.steps is None:
        return card.training.epochs
    return card.num_train and card.num_steps * card.training.batch_size / card.num_train


def _note(card: CheckpointCard) -> str:
    """Why the numbers must not be ranked with the papers'."""
    reasons = [f"Changed while it trained: {'; '.join(card.edits)}."] if card.edits else []
    if card.data_title != _CIFAR10:
        reasons.append(f"Other data: {card.data_title}.")
    elif card.num_train is not None and card.num_train < _PAPER_PICTURES:
        reasons.append(f"Fewer pictures: {card.num_train:,} of {_PAPER_PICTURES:,}.")
    batch = card.training.batch_size if card.training else _PAPER_BATCH
    if card.num_steps * batch < _PAPER_STEPS * _PAPER_BATCH:
        mine = (
            f"{card.num_steps:,} of"
            if batch == _PAPER_BATCH
            else (f"{card.num_steps:,} steps of {batch} pictures, not")
        )
        reasons.append(f"Shorter budget: {mine} the paper's {_PAPER_STEPS:,} steps.")
    return " ".join(reasons)


def _final_cards(folder: Path) -> list[CheckpointCard]:
    cards = list_checkpoints(folder / "checkpoints")
    return [card for card in cards if card.step == card.num_steps and _is_scored(card)]


def _is_scored(card: CheckpointCard) -> bool:
    return math.isfinite(card.metrics.get("test_accuracy", math.nan))


def _last_batches_error(folder: Path) -> dict[tuple[int, int | None], float]:
    """Error of each arm and seed on the augmented batches of the last twentieth of a run."""
    errors: dict[tuple[int, int | None], float] = {}
    for arm in read_curves(folder).arms:
        if len(arm.step):
            late = arm.step > (1 - _LAST_SHARE) * arm.step[-1]
            errors[arm.arm, arm.seed] = float(1 - np.mean(arm.scalars["accuracy"][late]))
    return errors
