"""Small nets of others, which tests name in `RESNET_LAB_PLUGINS` as a server's owner would."""

import threading

from torch import Tensor, nn

VALUE = ",".join(
    f"{title}=tests.pages.other_nets:build_{title}"
    for title in ("adding", "straight", "tokens", "waits")
)
"""Of the variable: one with a skip, one without, one without maps, one that takes long to build."""

BUILDING_MAY_END = threading.Event()
"""What the last of them waits for."""


class Small(nn.Module):
    image_size_px = 32

    def __init__(self, *, adds: bool) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(True))
        self.branch = nn.Sequential(nn.Conv2d(8, 8, 3, 1, 1), nn.BatchNorm2d(8))
        self.relu, self.head, self.adds = nn.ReLU(inplace=True), nn.Linear(8, 4), adds

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        branch = self.branch(x)
        if self.adds:
            branch += x
        return self.head(self.relu(branch).mean(dim=(2, 3)))


class Tokens(nn.Module):
    image_size_px = 32

    def __init__(self) -> None:
        super().__init__()
        self.patches, self.head = nn.Conv2d(3, 8, 8, 8), nn.Linear(8, 4)
        self.mixers = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        for mix in self.mixers:
            tokens = tokens + mix(tokens).tanh()
        return self.head(tokens.mean(dim=1))


def build_adding() -> nn.Module:
    return Small(adds=True)


def build_straight() -> nn.Module:
    return Small(adds=False)


def build_tokens() -> nn.Module:
    return Tokens()


def build_waits() -> nn.Module:
    BUILDING_MAY_END.wait()
    return Small(adds=True)
