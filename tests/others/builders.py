"""Functions of somebody's own that build nets, good and bad, named by tests as dotted paths."""

from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor, nn

CALLS: list[str] = []
"""Which of them were called."""


class Tiny(nn.Module):
    """Two convolutions and a classifier of four classes, and what it says of itself."""

    image_size_px = 16
    class_names = ("a", "b", "c", "d")

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            OrderedDict(
                conv=nn.Conv2d(3, 6, 3, padding=1, bias=False),
                norm=nn.BatchNorm2d(6),
                act=nn.ReLU(inplace=True),
                deep=nn.Conv2d(6, 5, 3, stride=2, padding=1),
            )
        )
        self.head = nn.Linear(5, 4)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.head(self.body(pictures).relu_().mean(dim=(2, 3)))


class Gives(nn.Module):
    """A net that gives something else than logits."""

    def __init__(self, what: Any) -> None:
        super().__init__()
        self.conv, self.what = nn.Conv2d(3, 2, 3), what

    def forward(self, pictures: Tensor) -> Any:
        maps = self.conv(pictures)
        return maps if self.what == "maps" else (maps.mean(dim=(2, 3)), maps)


class TwoAnswers(Tiny):
    """Further classifiers while it trains."""

    def forward(self, pictures: Tensor) -> Any:
        logits = super().forward(pictures)
        return (logits, logits) if self.training else logits


def tiny() -> nn.Module:
    CALLS.append("tiny")
    return Tiny()


def steep() -> nn.Module:
    """Its gradients are finite, and their squares are beyond float32's range."""
    net = Tiny()
    nn.init.normal_(net.head.weight, std=1e24)
    return net


def two_answers() -> nn.Module:
    return TwoAnswers()


def grey() -> nn.Module:
    net = Tiny()
    net.body.conv = nn.Conv2d(1, 6, 3, padding=1, bias=False)
    return net


def maps_only() -> nn.Module:
    return Gives("maps")


def pair() -> nn.Module:
    return Gives("pair")


def needs(width: int) -> nn.Module:
    return nn.Conv2d(3, width, 1)


def fails() -> nn.Module:
    raise RuntimeError("the disk of the labels is not mounted")


def leaves() -> nn.Module:
    raise SystemExit("no GPU here")


def nothing() -> None:
    return None


def random_names() -> nn.Module:
    net = Tiny()
    net.class_names = ("a", "b")  # pyright: ignore[reportAttributeAccessIssue]
    return net


NO_FUNCTION = torch.zeros(1)
