"""One arm of an experiment from one seed: its net, its optimizer, one step with its telemetry."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import nn
from torch.nn import functional

from resnet_core.config import ArmConfig, ExperimentConfig, Replica, TrainingConfig
from resnet_core.data import Batch, DataCard
from resnet_core.models import ResNet, build_model, weight_layers
from resnet_core.models.lonely_pictures import refuse_lonely_pictures
from resnet_core.training.eager import EagerSGD
from resnet_core.training.observe import (
    Profile,
    all_positions,
    gradient_norms,
    observe,
    with_gaps,
)
from resnet_core.training.starting import begin_from


class FeatureBatch(Batch):
    """A batch whose pictures a frozen body has seen: `images` are what the classifier reads.

    They are (B, C) float32.
    """


@dataclass
class Arm:
    """A net in training."""

    index: int
    """Its place among the replicas of the experiment."""
    replica: Replica
    """Which arm it is, and from which seed."""
    title: str
    """What it is called beside the other nets of the run."""
    config: ArmConfig
    model: ResNet
    forward: Callable[[torch.Tensor], torch.Tensor]
    """The model, or its compiled form."""
    optimizer: torch.optim.Optimizer
    layers: tuple[str, ...]
    """Paths of the layers whose gradient norms are reported."""
    parameters: list[nn.Parameter]
    """All parameters, the weights of `layers` first."""
    stopped: str | None = None
    """Why it does not train any more."""
    pending: list[torch.Tensor] = field(default_factory=list)
    """Measurements of steps that still are on the device: loss, accuracy, norm, layer norms."""

    @property
    def layout(self) -> dict[str, object]:
        """What the run's store says of it: label, layers, and where quantities are measured."""
        return {
            "label": self.config.label,
            "layers": self.layers,
            "positions": self.positions,
        }

    @property
    def positions(self) -> dict[str, tuple[str, ...]]:
        """What each quantity of a profile is measured at."""
        return all_positions(self.model)


def build_arm(
    index: int, experiment: ExperimentConfig, card: DataCard, device: torch.device
) -> Arm:
    """Builds one replica on the device, its channels and classes set to the data's.

    Raises:
        CheckpointError: when the trained net that it begins from cannot be had any more.
        ConfigError: when it cannot be trained with so few pictures in a batch.
    """
    training, replica = experiment.training, experiment.replicas[index]
    arm = experiment.arms[replica.arm]
    config = replace(arm.model, in_channels=card.channels, num_classes=len(card.class_names))
    refuse_lonely_pictures(
        config, arm.label, image_size_px=card.image_size_px, batch_size=training.batch_size
    )
    model = build_model(config, seed=replica.seed)
    if arm.start is not None:
        begin_from(model, arm.start)
    model = model.to(device)
    if training.channels_last:
        model = model.to(memory_format=torch.channels_last)
    layers = weight_layers(model)
    weights = [model.get_parameter(f"{path}.weight") for path in layers]
    of_layers = {id(weight) for weight in weights}
    others = [p for p in model.parameters() if id(p) not in of_layers]
    should_compile = training.compile and device.type == "cuda"
    return Arm(
        index=index,
        replica=replica,
        title=experiment.title_of(replica),
        config=replace(arm, model=config),
        model=model,
        forward=torch.compile(model) if should_compile else model,
        optimizer=build_optimizer(model, training, device),
        layers=layers,
        parameters=[*weights, *others],
    )


def build_optimizer(
    model: nn.Module, config: TrainingConfig, device: torch.device
) -> torch.optim.Optimizer:
    """Builds the optimizer, with weight decay on convolutions and linear maps, or on everything."""
    decayed = [p for p in model.parameters() if p.ndim > 1 or config.decay_norm_and_bias]
    spared = [p for p in model.parameters() if not (p.ndim > 1 or config.decay_norm_and_bias)]
    groups = [{"params": decayed, "weight_decay": config.weight_decay}]
    if spared:
        groups.append({"params": spared, "weight_decay": 0.0})
    fused = device.type in ("cpu", "cuda")
    if config.optimizer == "adamw":
        betas = (config.momentum, 0.999)
        return torch.optim.AdamW(groups, lr=config.learning_rate, betas=betas, fused=fused)
    return EagerSGD(
        groups,
        lr=config.learning_rate,
        momentum=config.momentum,
        nesterov=config.nesterov and config.momentum > 0,
        fused=fused,
    )


def train_step(
    arm: Arm, batch: Batch, config: TrainingConfig, rate: float, *, with_profile: bool = False
) -> Profile:
    """Trains one arm on one batch; its measurements are appended to `arm.pending`.

    Returns:
        The profile of activations, skip anatomy and update-to-weight ratios; empty unless asked
        for.
    """
    measured, profile = measure_step(arm, batch, config, rate, with_profile=with_profile)
    arm.pending.append(measured)
    return profile


def measure_step(
    arm: Arm,
    batch: Batch,
    config: TrainingConfig,
    rate: float | torch.Tensor,
    *,
    with_profile: bool = False,
) -> tuple[torch.Tensor, Profile]:
    """Trains one arm on one batch, and gives what was measured, still on the device.

    Gradient norms are those of the loss, read after backward and before clipping.  Nothing waits
    for the device, so that the work can be recorded and repeated.

    Args:
        arm: the net.
        batch: its pictures.
        config: the recipe.
        rate: the learning rate, as a tensor where a later repetition has another one.
        with_profile: whether to measure inside the net, too.

    Returns:
        Loss, accuracy, norm of the gradient and log10 of each layer's, (3 + L,) float32, and the
        profile.
    """
    arm.model.train()
    for group in arm.optimizer.param_groups:
        group["lr"] = rate
    arm.optimizer.zero_grad(set_to_none=True)
    nothing = contextlib.nullcontext(Profile())
    # A compiled graph does not see hooks that come and go.
    forward = arm.model if with_profile else arm.forward
    if isinstance(batch, FeatureBatch):
        forward = arm.model.classifier
    with observe(arm.model, "pass") if with_profile else nothing as seen:
        with autocast(config, batch.images.device):
            logits = forward(batch.images)
            loss = functional.cross_entropy(
                logits, batch.labels, label_smoothing=config.label_smoothing
            )
        loss.backward()
    norms = gradient_norms(arm.parameters)
    total = torch.linalg.vector_norm(norms)
    if config.clip_norm is not None:
        nn.utils.clip_grads_with_norm_(arm.parameters, config.clip_norm, total)
    num_layers = len(arm.layers)
    with torch.no_grad():
        observing = observe(arm.model, "update") if with_profile else nothing
        with observing as update:
            arm.optimizer.step()
        accuracy = (logits.argmax(1) == batch.labels).float().mean()
        scalars = torch.stack([loss.detach().float(), accuracy, total])
        logs = with_gaps(norms[:num_layers].log10(), arm.parameters[:num_layers])
        measured = torch.cat([scalars, logs])
    return measured, {**seen, **update}


def autocast(config: TrainingConfig, device: torch.device) -> torch.autocast:
    """The arithmetic that the recipe asks for."""
    is_lower = config.precision == "bfloat16"
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=is_lower)
