"""All that a machine with a card has to show, in so many minutes, and taken up where it was left.

    python -m benchmarks.gpu_session --minutes 12 --data path/to/cifar10
    python -m benchmarks.gpu_session --device cpu --steps 20        # a walk through, without a card

One after the other: the tests that need a card, what a step takes, what seeds together take,
throughput against two loops, time to a level of accuracy, and then as many nets of the plan as the
minutes that are left allow.  A trial does all of it with a small net and few pictures.
What each printed is kept in the lab's home, in `gpu/`; a part that is there is not done again, and
nets go on where they were.  It needs what `resnet_core` needs, torchvision and pytest.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.few_pictures import save_few
from resnet_core import paths
from resnet_core.errors import ResNetLabError
from resnet_core.recipes.files import load_recipe
from resnet_core.shipping import choose_runs
from resnet_core.training.schedules import count_steps

_RECIPE = "cifar10-resnet18-cifar-fast"
# What is worth the most first; each with the number of pictures that it trains on.
_NETS = (_RECIPE, "cifar10-20-fast", "cifar10-20-paper", "cifar10-56-short", "cifar10-20-short")
_NUM_TRAIN = 45_000
_TRIAL_NET = "cifar10-20-fast"
_TRAINING_SHARE = 0.8  # of the time that is left; nets are then measured on every split
_GRACE_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Part:
    """One command of the session."""

    name: str
    """What its results are called."""
    arguments: Callable[[float], tuple[str, ...] | None]
    """What follows `python -m`, for the seconds that are left; `None` where they do not suffice."""
    ends_itself: bool = False
    """Whether it keeps to the time that is left by itself."""


class Session:
    """Parts that are done once each, while there is time."""

    def __init__(self, folder: Path, seconds: float, num_threads: int | None = None) -> None:
        self._folder, self._end = folder, time.monotonic() + seconds
        # Threads that wait for each other make a trial on a busy CPU last for ever.
        threads = {} if num_threads is None else {"OMP_NUM_THREADS": str(num_threads)}
        self._environment = os.environ | threads
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def left_s(self) -> float:
        """Seconds that are left."""
        return self._end - time.monotonic()

    def do(self, part: Part) -> bool:
        """Does a part that is not there yet; returns whether all went well."""
        kept = self._folder / f"{part.name}.txt"
        if kept.exists():
            print(f"{part.name}: done before, see {kept}", flush=True)
            return True
        arguments = part.arguments(self.left_s) if self.left_s > 0 else None
        if arguments is None:
            print(f"{part.name}: nothing fits into the time left; call again to go on", flush=True)
            return True
        print(f"{part.name}: python -m {' '.join(arguments)}", flush=True)
        started, unfinished = time.monotonic(), kept.with_suffix(".part")
        seconds = self.left_s + _GRACE_S if part.ends_itself else self.left_s
        status = _run(arguments, unfinished, seconds, self._environment)
        print(unfinished.read_text(), end="", flush=True)
        print(
            f"{part.name}: {_ending(status)} after {time.monotonic() - started:.0f} s", flush=True
        )
        if status == 0:
            unfinished.replace(kept)
        return status in (0, None)


def _run(
    arguments: tuple[str, ...], output: Path, seconds: float, environment: dict[str, str]
) -> int | None:
    """Runs a module, and interrupts it after so long; its exit status, or `None` if it was."""
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdout=file,
            env=environment,
            preexec_fn=_heed_interrupts,
        )
        try:
            return process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # as Ctrl-C: runs that it started are ended, too
        try:
            process.wait(timeout=_GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return None


def _heed_interrupts() -> None:
    """A shell has what it starts in the background ignore Ctrl-C, and all that this starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _ending(status: int | None) -> str:
    if status is None:
        return "out of time; call again to go on,"
    return "done" if status == 0 else f"failed with {status}"


def parts(options: argparse.Namespace, folder: Path) -> tuple[Part, ...]:
    """What is done, in order; a trial of so many steps does everything on one small net."""
    is_trial, device = options.steps is not None, ("--device", options.device)
    steps, batch = str(options.steps), ("--batch-size", str(options.batch_size))
    small = ("--nets", "resnet20", "--steps", steps, "--seconds", "10", *batch)
    pair = ("--nets", "resnet8", "--seeds", "2", "--steps", "1", "--rounds", "1", *batch)
    few = ("--net", "resnet20", "--pairs", "2", "--recipe", "fast", *batch)
    short = ("--recipe", _TRIAL_NET, "--steps", steps, *batch)
    full = ("--recipe", _RECIPE)
    fixed = {
        # A warning of a torch that nobody has tried yet is told, and fails nothing.
        "tests": ("pytest", "-q", "-p", "no:cacheprovider", "-W", "default", "tests/gpu"),
        "gpu_step": ("benchmarks.gpu_step", "--json", *device, *(small if is_trial else ())),
        "seeds_together": (
            *("benchmarks.seeds_together", "--json", *device),
            *(pair if is_trial else ("--steps", "50")),
        ),
        "throughput": (
            *("benchmarks.train_throughput", "--against", "akamaster", "kuangliu", *device),
            *(few if is_trial else (*full, "--pairs", "8")),
        ),
        "time_to_accuracy": (
            *("benchmarks.time_to_accuracy", "--data", options.data, *device),
            *(short if is_trial else full),
        ),
    }
    known = [
        Part(name=name, arguments=lambda _left, found=arguments: found)
        for name, arguments in fixed.items()
    ]
    nets = Part(
        name="reproduce",
        arguments=lambda left: _nets(left, options, folder),
        ends_itself=True,
    )
    return (*known, nets)


def _nets(left_s: float, options: argparse.Namespace, folder: Path) -> tuple[str, ...] | None:
    """The command that trains and ships what fits into the time."""
    command = ("resnet_core", "reproduce")
    where = ("--device", options.device, "--cifar10", options.data, *options.reproduce.split())
    minutes = ("--minutes", f"{_TRAINING_SHARE * left_s / 60:.1f}")
    if options.steps is not None:
        trial = ("--steps", str(options.steps), "--into", str(folder / "nets"))
        return (*command, _TRIAL_NET, *where, *trial, *minutes)
    recipes = fitting_recipes(_TRAINING_SHARE * left_s, measured_ms(folder / "gpu_step.txt"))
    return (*command, *recipes, *where, *minutes) if recipes else None


def measured_ms(file: Path) -> dict[str, float]:
    """Milliseconds of a step in float32, by net, as `gpu_step` printed them."""
    if not file.exists():
        return {}
    rows = json.loads(file.read_text())
    return {row["net"]: row["ours_ms"] for row in rows if row["precision"] == "float32"}


def fitting_recipes(left_s: float, step_ms: dict[str, float]) -> tuple[str, ...]:
    """Chooses recipes, the most wanted first, whose steps fit into the time, one after the other.

    Args:
        left_s: seconds.
        step_ms: milliseconds of a step by net; without those of its depth a recipe is left out.
    """
    chosen = []
    for recipe in _NETS:
        seconds = estimated_s(recipe, step_ms)
        if seconds is not None and seconds <= left_s:
            chosen.append(recipe)
            left_s -= seconds
    return tuple(chosen)


def estimated_s(recipe: str, step_ms: dict[str, float]) -> float | None:
    """Seconds of all planned runs of a recipe, one after the other; `None` where unknown."""
    experiment = load_recipe(recipe)
    names = [arm.model.name.replace("plain", "resnet") for arm in experiment.arms]
    if any(name not in step_ms for name in names):
        return None
    steps = count_steps(experiment.training, _NUM_TRAIN)
    one = steps * sum(step_ms[name] for name in names) / 1000
    return one * len(choose_runs([recipe]))


def main() -> None:
    """Does what is left to do, and exits with 1 if a part failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--minutes", type=float, default=12.0, help="in all, about")
    parser.add_argument("--data", help="where CIFAR-10 is; a trial takes few of its pictures")
    parser.add_argument("--steps", type=int, help="a trial: so many steps of one small net")
    parser.add_argument("--batch-size", type=int, default=32, help="of a trial")
    parser.add_argument("--reproduce", default="", help="further options of `reproduce`")
    parser.add_argument("--into", type=Path, help="where results are kept")
    options = parser.parse_args()
    options.data = options.data or ("cifar10" if options.steps is None else "synthetic")
    folder = options.into or paths.home_dir() / "gpu"
    if options.steps is not None:
        try:
            options.data = str(save_few(options.data, folder / "pictures").resolve())
        except ResNetLabError as exc:
            parser.exit(1, f"{exc}\n")
    session = Session(folder, 60 * options.minutes, None if options.steps is None else 1)
    went_well = [session.do(part) for part in parts(options, folder)]
    sys.exit(0 if all(went_well) else 1)


if __name__ == "__main__":
    main()
