"""Claims about the nets that ship with the lab: how often they are right, and after how much."""

from collections.abc import Iterator
from functools import partial
from statistics import mean, stdev

from benchmarks.claims.cards import card_figure, is_calibrated, over_seeds
from benchmarks.claims.claim import Claim
from benchmarks.claims.commands import lab_figure
from benchmarks.claims.patterns import cell

_README, _BENCHMARKS, _SYNTHETIC = "README.md", "docs/benchmarks.md", "docs/synthetic.md"
_SHARE = 100.0
_HALF_A_TENTH = 0.05
"""Of figures given with one decimal."""
_COPY = "CIFAR-10 (JPEG copy)"
_TRAINED = (
    ("ResNet-20", _COPY, 22, "resnet20-cifar10-jpeg-22-epochs"),
    ("plain-20", _COPY, 22, "plain20-cifar10-jpeg-22-epochs"),
    ("ResNet-20", _COPY, 10, "resnet20-cifar10-jpeg"),
    ("plain-20", _COPY, 10, "plain20-cifar10-jpeg"),
    ("ResNet-56", _COPY, 9, "resnet56-cifar10-jpeg-9-epochs"),
    ("plain-56", _COPY, 9, "plain56-cifar10-jpeg-9-epochs"),
    ("ResNet-20", _COPY, 9, "resnet20-cifar10-jpeg-9-epochs"),
    ("plain-20", _COPY, 9, "plain20-cifar10-jpeg-9-epochs"),
    ("ResNet-56", "synthetic", 6, "resnet56-synthetic"),
    ("plain-56", "synthetic", 6, "plain56-synthetic"),
    ("ResNet-20", "synthetic", 8, "resnet20-synthetic"),
    ("plain-20", "synthetic", 8, "plain20-synthetic"),
    ("ResNet-20", "Fashion-MNIST", 3, "resnet20-fashion-mnist"),
)
"""Title, data, epochs and file name of each, as README lists them."""
_TRAINING, _TEST = 3, 4
"""Columns of that table, after those three."""
_SYNTHETIC_PICTURES = 2000
_DEPTHS = (
    ("resnet20", "residual", 1),
    ("resnet56", "residual", 2),
    ("plain20", "plain", 1),
    ("plain56", "plain", 2),
)
"""Net, row and column of README's table of equal budgets."""
_KINDS = (
    *("uniform noise", "flat colours", "colour clouds", "shuffled pixels", "upside down"),
    "synthetic figures",
)


def _by_card(title: str, data: str, epochs: int, net: str, part: str, column: int) -> Claim:
    return Claim(
        claim=f"{title} on {data}, {part} pictures after {epochs} epochs, % right, by its card",
        where=_README,
        pattern=cell(f"{title} | {data} | {epochs}", column),
        command=f"grep {part}_accuracy checkpoints/{net}.json",
        n="1 seed",
        date=_date(net),
        measure=partial(card_figure, net, f"metrics.{part}_accuracy", _SHARE),
        tolerance=_HALF_A_TENTH,
    )


def _date(net: str) -> str:
    return "2026-11-27" if net.endswith("-epochs") else "2026-11-23"


def _counted(net: str) -> Claim:
    return Claim(
        claim=f"synthetic test pictures of 2,000 on which {net} is right",
        where=_BENCHMARKS,
        pattern=cell(f"{net} | `synthetic`", 1),
        command=f"python -m resnet_core evaluate {net} --data synthetic --json",
        n="2,000 pictures, 1 seed",
        date="2026-11-24",
        measure=_right(net, _SYNTHETIC_PICTURES),
        tolerance=2,  # of pictures that rounding decides
    )


def _stated_beside_the_set(net: str, pattern: str) -> Claim:
    return Claim(
        claim=f"{net} on the synthetic test pictures, % right",
        where=_SYNTHETIC,
        pattern=pattern,
        command=f"python -m resnet_core evaluate {net} --data synthetic --json",
        n="2,000 pictures, 1 seed",
        date="2026-11-23",
        measure=_right(net, _SHARE),
        tolerance=_HALF_A_TENTH + 0.1,  # a tenth: pictures that rounding decides
    )


def _right(net: str, scale: float) -> partial[float]:
    return partial(lab_figure, "evaluate", net, "--data", "synthetic", path="accuracy", scale=scale)


def _equal_budgets() -> Iterator[Claim]:
    for name, row, column in _DEPTHS:
        net = f"{name}-cifar10-jpeg-9-epochs"
        skipped = rf"(?:[^|]*\|){{{column - 1}}}"
        for words, summary, pattern in (
            ("mean", mean, cell(row, column)),
            ("standard deviation", stdev, rf"\| {row} \|{skipped} [\d.]+ ± ([\d.]+)"),
        ):
            yield Claim(
                claim=f"{name} on {_COPY} after 9 epochs, {words} over seeds, % right",
                where=_README,
                pattern=pattern,
                command=f"grep test_accuracy checkpoints/{net}.json checkpoints/results/{name}-*",
                n="3 seeds, 10,000 pictures",
                date="2026-11-27, H100",
                measure=partial(over_seeds, summary, net, _SHARE),
                tolerance=0.0051,
            )


def _noticed(net: str, kind: str, column: int) -> Claim:
    return Claim(
        claim=f"{kind}: % that {net} flags, by its card",
        where=_BENCHMARKS,
        pattern=cell(f"`{net}`", column),
        command=f"python -m resnet_core calibrate {net} --data DATA --json",
        n="1,000 pictures",
        date="2026-11-28",
        measure=partial(card_figure, net, f"detection.rates.{kind}", _SHARE),
        tolerance=_HALF_A_TENTH,
    )


def _all_noticed() -> Iterator[Claim]:
    for data, net in ((data, net) for _, data, _, net in _TRAINED if is_calibrated(net)):
        for column, kind in enumerate(_KINDS, 1):
            if kind != "synthetic figures" or data != "synthetic":  # those are its own
                yield _noticed(net, kind, column)


def _late(claim: str, pattern: str, epochs: int, seed: int) -> Claim:
    return Claim(
        claim=claim,
        where=_SYNTHETIC,
        pattern=pattern,
        command=(
            "python -m resnet_core train --recipe synthetic-56-cpu --arms plain56 "
            f"--epochs {epochs} --seed {seed}"
        ),
        n="1 run, 2,000 pictures",
        date="2026-11-27",
    )


NET_CLAIMS: tuple[Claim, ...] = (
    *(_by_card(*each, "test", _TEST) for each in _TRAINED),
    *(_by_card(*each, "train", _TRAINING) for each in _TRAINED),
    *(_counted(net) for _, data, _, net in _TRAINED if data == "synthetic"),
    *_equal_budgets(),
    _stated_beside_the_set("resnet56-synthetic", r"cards state ([\d.]+) % and"),
    _stated_beside_the_set("plain56-synthetic", r"cards state [\d.]+ % and ([\d.]+) %"),
    _stated_beside_the_set("resnet20-synthetic", r"cards state ([\d.]+) % with"),
    _stated_beside_the_set("plain20-synthetic", r"with and ([\d.]+) % without"),
    _late("plain-56, synthetic, 6 epochs, second seed, % right", cell("6", 2), 6, 1),
    _late("plain-56, synthetic, 16 epochs, % right", cell("16", 1), 16, 0),
    *_all_noticed(),
)
