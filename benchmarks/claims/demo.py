"""Claims about the demo: what its stored run shows, and what others of its runs showed."""

from functools import partial

from benchmarks.claims.claim import ROOT, Claim
from benchmarks.claims.commands import lab_figure
from benchmarks.claims.patterns import cell

_README, _BENCHMARKS, _HOME = "README.md", "docs/benchmarks.md", "pages/home.py"
_RUN = next(path.name for path in sorted((ROOT / "checkpoints" / "runs").iterdir()))
_NETS = ("ResNet-56 narrow", "Plain-56 narrow")
_SHARE = 100.0
_LONG = "python -m resnet_core train --recipe demo --arms plain56_narrow --steps 1500"
_SHORT = (
    "python -m resnet_core train --recipe demo --arms {net} --steps 300 --threads 1 --seed {seed}"
)


def _stored(place: int, part: str, where: str, pattern: str) -> Claim:
    return Claim(
        claim=f"{_NETS[place]} in the stored run of the demo, {part} pictures, % right",
        where=where,
        pattern=pattern,
        command=f"python -m resnet_core report {_RUN} --json",
        n="1 run",
        date="2026-11-28",
        measure=partial(
            lab_figure, "report", _RUN, path=f"results.{place}.{part}_accuracy", scale=_SHARE
        ),
        tolerance=0.0501,
    )


def _late(words: str, where: str, pattern: str) -> Claim:
    return Claim(
        claim=f"Plain-56 narrow with 1,500 steps, {words} seed, validation, % right",
        where=where,
        pattern=pattern,
        command=_LONG,
        n="1 run, 1 thread",
        date="2026-11-27",
    )


def _short(net: str, seed: int) -> Claim:
    skipped = r"[\d.]+ %, " * seed
    return Claim(
        claim=f"{net} with 300 steps, seed {seed}, validation, % right",
        where=_BENCHMARKS,
        pattern=rf"\| `{net}` \| \d+ s \| {skipped}([\d.]+) %",
        command=_SHORT.format(net=net, seed=seed),
        n="1 run, 1 thread",
        date="2026-11-27",
    )


def _timed(words: str, pattern: str, command: str) -> Claim:
    return Claim(
        claim=words,
        where=_BENCHMARKS,
        pattern=pattern,
        command=f"python -m resnet_core train --recipe demo {command}",
        n="1 run",
        date="2026-11-27",
    )


DEMO_CLAIMS: tuple[Claim, ...] = (
    _stored(0, "test", _README, r"of 32 pictures ([\d.]+) % and"),
    _stored(1, "test", _README, r"of 32 pictures [\d.]+ % and ([\d.]+) %"),
    _stored(0, "validation", _BENCHMARKS, r"2026-11-28: ([\d.]+) % of the validation"),
    _stored(0, "test", _BENCHMARKS, r"2026-11-28: [\d.]+ % of the validation and ([\d.]+) %"),
    _stored(1, "validation", _BENCHMARKS, r"pictures with shortcuts, ([\d.]+) % and"),
    _stored(1, "test", _BENCHMARKS, r"pictures with shortcuts, [\d.]+ % and ([\d.]+) %"),
    _late("first", _HOME, r"was right on (\d+) \""),
    _late("second", _HOME, r"\"and (\d+) % of the validation"),
    _late("first", _BENCHMARKS, cell("`plain56_narrow` with 1,500 steps", 2)),
    _late("second", _BENCHMARKS, r"with 1,500 steps \|[^|]*\| [\d.]+ %, ([\d.]+) %"),
    *(_short(net, seed) for net in ("resnet56_narrow", "plain56_narrow") for seed in range(3)),
    _timed("300 steps of the demo with 2 threads, s", r"each: (\d+) s in all", "--steps 300"),
    _timed("the same with 1 thread, s", r"threads, (\d+) s with 1", "--steps 300 --threads 1"),
    _timed(
        "ResNet-56 narrow after 320 steps, seed 1, validation, % right",
        r"--seed N`: [\d.]+ %, ([\d.]+) %",
        "--arms resnet56_narrow --threads 1 --seed 1",
    ),
    _timed(
        "ResNet-56 narrow after 320 steps, seed 2, validation, % right",
        r"--seed N`: [\d.]+ %, [\d.]+ % and ([\d.]+) %",
        "--arms resnet56_narrow --threads 1 --seed 2",
    ),
)
