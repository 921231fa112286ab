"""Which nets a person may set against each other, ready-made or of their own choosing."""

from dataclasses import dataclass

from resnet_core.config import ArmConfig, ModelConfig, Setting, settings_of
from resnet_core.models import model_config, net_label

MAX_ARMS = 4
"""Arms that the form offers; more curves than that are hard to read."""


@dataclass(frozen=True)
class ComparisonRecipe:
    """A ready-made set of nets, and the question that it answers."""

    title: str
    question: str
    nets: tuple[str, ...]


READY_MADE = (
    ComparisonRecipe(
        "ResNet-20 and Plain-20",
        "Does the shortcut matter in a net of 20 layers?",
        ("resnet20", "plain20"),
    ),
    ComparisonRecipe(
        "ResNet-56 and Plain-56",
        "What does the shortcut change once a net is deep?",
        ("resnet56", "plain56"),
    ),
    ComparisonRecipe(
        "ResNet-110 and Plain-110",
        "Does a plain net of 110 layers train at all?",
        ("resnet110", "plain110"),
    ),
    ComparisonRecipe(
        "Plain-20 and Plain-56",
        "Is the deeper plain net worse on the pictures that it trains on (degradation)?",
        ("plain20", "plain56"),
    ),
    ComparisonRecipe(
        "Depth with and without shortcuts",
        "Depth against shortcuts, four nets at once: who gains from depth, and who loses?",
        ("resnet20", "plain20", "resnet56", "plain56"),
    ),
    ComparisonRecipe(
        "ResNet-56 and its pre-activation form",
        "Does a clean identity path (norm and ReLU before the weights) train more easily?",
        ("resnet56", "preact_resnet56"),
    ),
    ComparisonRecipe(
        "Added or appended: ResNet-110 and DenseNet-40",
        "Two ways to hand on what came before, at like multiply-adds: which learns faster?",
        ("resnet110", "densenet40_12"),
    ),
)


@dataclass(frozen=True)
class Switch:
    """One setting of a net, with the values that are worth comparing."""

    field: str
    values: tuple[float | str, ...]
    first: tuple[float | str, ...]
    """Values ticked at first."""

    @property
    def setting(self) -> Setting:
        """What the setting is called and does."""
        return settings_of(ModelConfig)[self.field]


SWITCHES = (
    Switch("skip_strength", (1.0, 0.75, 0.5, 0.25, 0.0), (1.0, 0.5, 0.0)),
    Switch("norm", ("batch", "none"), ("batch", "none")),
    Switch(
        "initialisation",
        ("he_fan_out", "he_fan_in", "xavier", "small"),
        ("he_fan_out", "small"),
    ),
    Switch("shortcut", ("A", "B", "C"), ("A", "B")),
    Switch("activation_order", ("post", "pre"), ("post", "pre")),
)


def arms_of_nets(names: list[str] | tuple[str, ...]) -> tuple[ArmConfig, ...]:
    """Makes one arm of each named net.

    Raises:
        UnknownNetError: for a name that is not a net's.
    """
    return tuple(ArmConfig(label=net_label(name), model=model_config(name)) for name in names)


def arms_of_switch(
    net: str, switch: Switch, values: list[float | str] | tuple[float | str, ...]
) -> tuple[ArmConfig, ...]:
    """Makes one arm for each value of a switch of one net.

    Raises:
        ConfigError: for a value that the net cannot have.
    """
    return tuple(
        ArmConfig(
            label=f"{net_label(net)}, {switch.setting.say(value)}",
            model=_turned(net, switch.field, value),
        )
        for value in values
    )


def _turned(net: str, field: str, value: float | str) -> ModelConfig:
    return model_config(net, **{field: value})
