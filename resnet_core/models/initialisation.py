"""Initial weights: a law per kind of module, and a generator per parameter."""

import hashlib
import math

import torch
from torch import Tensor, nn

from resnet_core.config import Initialisation, ModelConfig
from resnet_core.models.blocks import Block
from resnet_core.models.geometry import find_rules
from resnet_core.models.operations import GATE_BIAS


def initialise(model: nn.Module, config: ModelConfig, *, seed: int) -> None:
    """Fills every parameter and buffer of a net in place.

    Convolutions: normal with the standard deviation of `initial_std`, biases zero, those of gates
    `GATE_BIAS`.  Norms: weight 1, bias 0, running mean 0 and variance 1.  Linear: uniform within
    1/sqrt(fan-in), bias zero, whatever the convolutions' law, so that the laws differ in the
    convolutions alone.  Fixup then makes a branch's weights smaller, and its last ones zero.
    """
    for path, module in model.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            _draw(module, config.initialisation, parameter_generator(seed, f"{path}.weight"))
        elif isinstance(module, nn.BatchNorm2d | nn.GroupNorm):
            module.reset_parameters()
        elif (rules := find_rules(module)) and rules.initialise:
            rules.initialise(module, _first_draw(seed, path))
        if path.endswith("shortcut_gate.conv"):
            nn.init.constant_(module.get_parameter("bias"), GATE_BIAS)
    if config.zero_gamma:
        _silence_branches(model)
    if config.branch_scale == "fixup":
        _fix_up(model, num_blocks=sum(config.stage_blocks))


def initial_std(law: Initialisation, weight: Tensor) -> float:
    """Standard deviation of a convolution's weights of shape (out, in, kernel, kernel).

    Source: He et al. 2015 "Delving deep" (arXiv 1502.01852) eq. 10 and 14; Glorot and Bengio 2010
    eq. 12.  `small` is half of He's fan-out value: four times less variance a layer.
    """
    receptive = weight[0][0].numel()
    fan_in, fan_out = weight.shape[1] * receptive, weight.shape[0] * receptive
    variances: dict[Initialisation, float] = {
        "he_fan_out": 2 / fan_out,
        "he_fan_in": 2 / fan_in,
        "xavier": 2 / (fan_in + fan_out),
        "small": 0.25 * 2 / fan_out,
    }
    return math.sqrt(variances[law])


def parameter_generator(seed: int, path: str) -> torch.Generator:
    """The random generator of one parameter, the same on every machine."""
    # manual_seed takes 64 bits, of which the CPU's Mersenne twister uses the lower 32.
    return torch.Generator().manual_seed(_first_draw(seed, path))


def _first_draw(seed: int, path: str) -> int:
    """Thirty-two bits that depend on a seed and a dotted path alone."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{path}".encode()).digest()[:4], "big")


@torch.no_grad()
def _draw(module: nn.Conv2d | nn.Linear, law: Initialisation, generator: torch.Generator) -> None:
    if isinstance(module, nn.Conv2d):
        module.weight.normal_(std=initial_std(law, module.weight), generator=generator)
    else:
        bound = 1 / math.sqrt(module.in_features)
        module.weight.uniform_(-bound, bound, generator=generator)
    if module.bias is not None:
        module.bias.zero_()


@torch.no_grad()
def _silence_branches(model: nn.Module) -> None:
    """Zeroes the last operation with a weight in every residual branch."""
    for block in model.modules():
        if isinstance(block, Block):
            weighted = [name for name in block.branch if name.startswith(("conv", "norm"))]
            getattr(block, weighted[-1]).weight.zero_()


@torch.no_grad()
def _fix_up(model: nn.Module, *, num_blocks: int) -> None:
    """Zeroes the classifier and each branch's last convolution; shrinks its other convolutions.

    With m convolutions in a branch and L branches the factor is L^(-1/(2m-2)).

    Source: Zhang et al. 2019 (arXiv 1901.09321), sec. 3, rules 1 and 2.
    """
    model.get_parameter("classifier.weight").zero_()
    for block in model.modules():
        if isinstance(block, Block):
            *earlier, last = (name for name in block.branch if name.startswith("conv"))
            for name in earlier:
                block.get_submodule(name).get_parameter("weight").mul_(
                    num_blocks ** (-1 / (2 * len(earlier)))
                )
            block.get_submodule(last).get_parameter("weight").zero_()
