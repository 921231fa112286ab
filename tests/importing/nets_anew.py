"""Small nets of other projects, written anew with their names, whose files people bring."""

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (8, 16, 32, 64)
CLASSES = 5
Renaming = tuple[str, str | Callable[[re.Match[str]], str]]
"""A pattern in a name, and what it becomes."""


def warm(net: nn.Module, side_px: int = 32, channels: int = 3, steps: int = 30) -> nn.Module:
    """Gives batch norms statistics of noise, and weights that are not the first."""
    generator = torch.Generator().manual_seed(0)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d) and module.affine:
            module.weight.data = torch.rand(module.weight.shape, generator=generator) / 2 + 0.75
            module.bias.data = torch.randn(module.bias.shape, generator=generator) / 5
    net.train()
    with torch.no_grad():
        for _ in range(steps):
            net(torch.randn(8, channels, side_px, side_px, generator=generator))
    return net.eval()


def seeded(build: Callable[[], nn.Module]) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build()


def conv(before: int, after: int, kernel: int = 3, stride: int = 1, **options) -> nn.Conv2d:
    options = {"bias": False, **options}
    return nn.Conv2d(before, after, kernel, stride, kernel // 2, **options)


class Post(nn.Module):
    """A basic block of 2015; projections and their names, gates and biases to choose."""

    def __init__(self, before, after, stride, *, skip="shortcut", gate=0, bias=False, option="B"):
        super().__init__()
        self.conv1 = conv(before, after, 3, stride, bias=bias)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = conv(after, after, bias=bias)
        self.bn2 = nn.BatchNorm2d(after)
        self.skip, self.gate, self.stride = skip, gate, stride
        self.pad, self.is_plain = after - before, option == "plain"
        changes = stride > 1 or before != after
        self.projects = option == "B" and changes
        if self.projects:
            projection = [conv(before, after, 1, stride, bias=bias), nn.BatchNorm2d(after)]
            setattr(self, skip, nn.Sequential(*projection))
        if gate:
            self.fc1 = nn.Conv2d(after, after // gate, 1)
            self.fc2 = nn.Conv2d(after // gate, after, 1)
        self.is_behind = option == "A behind"

    def forward(self, x: Tensor) -> Tensor:
        out = functional.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.gate:
            weights = functional.adaptive_avg_pool2d(out, 1)
            out = out * torch.sigmoid(self.fc2(functional.relu(self.fc1(weights))))
        if self.is_plain:
            return functional.relu(out)
        if self.projects:
            x = getattr(self, self.skip)(x)
        elif self.pad or self.stride > 1:
            before = 0 if self.is_behind else self.pad // 2
            pads = (0, 0, 0, 0, before, self.pad - before)
            x = functional.pad(x[:, :, :: self.stride, :: self.stride], pads)
        return functional.relu(out + x)


class Bottleneck(nn.Module):
    """A bottleneck; its stride on the 3x3 or on the first 1x1, its 3x3 perhaps grouped."""

    expansion = 4

    def __init__(self, before, width, stride, *, skip="downsample", first=False, groups=1, widen=4):
        super().__init__()
        after = width * widen
        self.conv1 = conv(before, width, 1, stride if first else 1)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = conv(width, width, 3, 1 if first else stride, groups=groups)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = conv(width, after, 1)
        self.bn3 = nn.BatchNorm2d(after)
        self.skip = skip
        if stride > 1 or before != after:
            setattr(
                self, skip, nn.Sequential(conv(before, after, 1, stride), nn.BatchNorm2d(after))
            )
        else:
            setattr(self, skip, nn.Identity())

    def forward(self, x: Tensor) -> Tensor:
        out = functional.relu(self.bn1(self.conv1(x)))
        out = functional.relu(self.bn2(self.conv2(out)))
        return functional.relu(self.bn3(self.conv3(out)) + getattr(self, self.skip)(x))


class Pre(nn.Module):
    """A pre-activation block whose shortcut starts where `source` says."""

    def __init__(self, before, after, stride, *, skip="shortcut", source="projections", gate=0):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(before)
        self.conv1 = conv(before, after, 3, stride)
        self.bn2 = nn.BatchNorm2d(after)
        self.conv2 = conv(after, after)
        self.skip, self.source, self.gate = skip, source, gate
        self.projects = stride > 1 or before != after
        if self.projects:
            setattr(self, skip, nn.Sequential(conv(before, after, 1, stride)))
        if gate:
            self.fc1 = nn.Conv2d(after, after // gate, 1)
            self.fc2 = nn.Conv2d(after // gate, after, 1)

    def forward(self, x: Tensor) -> Tensor:
        shared = functional.relu(self.bn1(x))
        out = self.conv2(functional.relu(self.bn2(self.conv1(shared))))
        if self.gate:
            weights = functional.adaptive_avg_pool2d(out, 1)
            out = out * torch.sigmoid(self.fc2(functional.relu(self.fc1(weights))))
        if self.projects:
            x = getattr(self, self.skip)(x if self.source == "raw" else shared)
        return out + x


class Net(nn.Module):
    """Stem, `layer1` to `layerN`, pooling and a classifier of any name."""

    def __init__(
        self,
        block: Callable[..., nn.Module] = Post,
        blocks: Sequence[int] = (1, 1, 1),
        *,
        stem: tuple[int, int] = (3, 1),
        pool: bool = False,
        head: str = "fc",
        expansion: int = 1,
        stem_norm: bool = True,
        final_norm: bool = False,
        stem_width: int = WIDTHS[0],
        bias: bool = False,
        channels: int = 3,
        **options,
    ) -> None:
        super().__init__()
        kernel, stride = stem
        self.conv1 = conv(channels, stem_width, kernel, stride, bias=bias)
        if stem_norm:
            self.bn1 = nn.BatchNorm2d(stem_width)
        before = stem_width
        if bias:
            options["bias"] = True
        for number, count in enumerate(blocks, start=1):
            layers = []
            for index in range(count):
                stride = 2 if number > 1 and index == 0 else 1
                layers.append(block(before, WIDTHS[number - 1], stride, **options))
                before = WIDTHS[number - 1] * expansion
            setattr(self, f"layer{number}", nn.Sequential(*layers))
        if final_norm:
            self.bn = nn.BatchNorm2d(before)
        self.pool, self.head, self.num_stages = pool, head, len(blocks)
        setattr(self, head, nn.Linear(before, CLASSES))

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        if hasattr(self, "bn1"):
            x = functional.relu(self.bn1(x))
        if self.pool:
            x = functional.max_pool2d(x, 3, 2, 1)
        for number in range(1, self.num_stages + 1):
            x = getattr(self, f"layer{number}")(x)
        if hasattr(self, "bn"):
            x = functional.relu(self.bn(x))
        return getattr(self, self.head)(functional.adaptive_avg_pool2d(x, 1).flatten(1))


def renamed(net: nn.Module, *pairs: Renaming) -> "OrderedDict[str, Tensor]":
    """A net's tensors with parts of their names changed, each pair in turn."""
    state = OrderedDict(net.state_dict())
    for old, new in pairs:
        state = OrderedDict((re.sub(old, new, key), tensor) for key, tensor in state.items())
    return state


class Textbook(nn.Module):
    """A block whose projection is called `conv3`, has a bias and no norm; biases everywhere."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1 = conv(before, after, 3, stride, bias=True)
        self.conv2 = conv(after, after, bias=True)
        projects = stride > 1 or before != after
        self.conv3 = conv(before, after, 1, stride, bias=True) if projects else None
        self.bn1, self.bn2 = nn.BatchNorm2d(after), nn.BatchNorm2d(after)

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        return functional.relu(out + (x if self.conv3 is None else self.conv3(x)))


class Bare(nn.Module):
    """A plain block without norms, whose convolutions have no bias either."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = conv(before, after, 3, stride), conv(after, after)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.conv2(functional.relu(self.conv1(x))))
