"""Results on CIFAR-10 that others published; errors in percent there, in shares here."""

from typing import Any

from resnet_core.scoreboard.entries import Entry

_CIFAR10 = "CIFAR-10"
_PAPER_EPOCHS = 64_000 * 128 / 45_000  # 64k steps of 128 on the 45k training pictures
_HE_2015 = "He et al. 2015, table 6"
_HE_2015_LINK = "https://arxiv.org/abs/1512.03385"
_HE_2016 = "He et al. 2016, table 3"
_HE_2016_LINK = "https://arxiv.org/abs/1603.05027"
_MARTYN = "a-martyn/resnet, best test error of one run"
_MARTYN_LINK = "https://github.com/a-martyn/resnet"
_MEDIAN = "Median of five runs."

# Depth: test error in percent, parameters.
_RESIDUAL_2015 = {
    20: (8.75, 269_722),
    32: (7.51, 464_154),
    44: (7.17, 658_586),
    56: (6.97, 853_018),
    110: (6.43, 1_727_962),
    1202: (7.93, 19_421_274),
}
_PLAIN_REPRODUCED = {20: 9.5, 32: 9.92, 44: 11.35, 56: 12.76}
_RESIDUAL_REPRODUCED = {20: 8.0, 32: 7.51, 44: 7.38, 56: 7.33}
_PREACTIVATION_2016 = {110: 6.37, 164: 5.46, 1001: 4.92}


def _entry(net: str, title: str, depth: int, error_percent: float, **fields: Any) -> Entry:
    return Entry(
        net=net,
        title=title,
        depth=depth,
        is_plain=net.startswith("plain"),
        data_title=_CIFAR10,
        origin="published",
        test_error=error_percent / 100,
        **fields,
    )


def _he_2015() -> list[Entry]:
    return [
        _entry(
            f"resnet{depth}",
            f"ResNet-{depth}",
            depth,
            error,
            parameters=parameters,
            epochs=_PAPER_EPOCHS,
            source=_HE_2015,
            link=_HE_2015_LINK,
            note="Best of five runs; their mean is 6.61 +- 0.16 %." if depth == 110 else "",
        )
        for depth, (error, parameters) in _RESIDUAL_2015.items()
    ]


def _he_2016() -> list[Entry]:
    return [
        _entry(
            f"preact_resnet{depth}",
            f"Pre-activation ResNet-{depth}",
            depth,
            error,
            source=_HE_2016,
            link=_HE_2016_LINK,
            note=_MEDIAN,
            num_seeds=5,
        )
        for depth, error in _PREACTIVATION_2016.items()
    ]


def _reproduction() -> list[Entry]:
    titles = (("plain", "Plain", _PLAIN_REPRODUCED), ("resnet", "ResNet", _RESIDUAL_REPRODUCED))
    return [
        _entry(f"{net}{depth}", f"{title}-{depth}", depth, error, source=_MARTYN, link=_MARTYN_LINK)
        for net, title, errors in titles
        for depth, error in errors.items()
    ]


def _seed_post() -> Entry:
    return _entry(
        "resnet18",
        "ResNet-18 (7x7 stem)",
        18,
        7.0,
        parameters=11_181_642,
        epochs=200,
        source="ResNet-18 blog post, 2025",
        note=(
            "Implementing ResNet-18 from Scratch in PyTorch: about 93 % test accuracy, as it says."
        ),
    )


PUBLISHED_RESULTS: tuple[Entry, ...] = (
    *_he_2015(),
    *_he_2016(),
    *_reproduction(),
    _seed_post(),
)
"""Everything that the lab compares itself with."""
