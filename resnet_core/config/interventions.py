"""What may be done to a net that is built already: cut a skip, drop, freeze or redraw a block.

`ModelConfig` says what a net is made of; an `Intervention` what was done to it since.  A net with
cut skips keeps its shortcuts, and with them its weights: the same intervention with the former
value undoes it exactly.  No net is needed to say whether an intervention is possible.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

from resnet_core.config.checks import STRICT, require
from resnet_core.config.model import ModelConfig
from resnet_core.config.settings import Bounds, Setting, check_settings
from resnet_core.errors import ConfigError

InterventionKind = Literal["skip_strength", "drop", "freeze", "redraw"]
ALL_BLOCKS = "all"
"""How every block of a net is named."""
BODY = "body"
"""How a net but for its classifier is named: stem, blocks, and what stands between and after."""


@dataclass(frozen=True, kw_only=True)
class Intervention:
    """One thing that is done to blocks of one net."""

    __pydantic_config__: ClassVar = STRICT

    what: Annotated[
        InterventionKind,
        Setting(
            title="What",
            explanation="Weigh the skips: 1 as built, 0 cuts them. Drop blocks: a block hands on "
            "what enters it, or the shortcut alone where the shape changes. Freeze blocks: their "
            "weights stay, and batch norm uses its running statistics. Draw blocks anew: first "
            "weights, without momentum.",
            choices={
                "skip_strength": "skip strength",
                "drop": "drop blocks",
                "freeze": "freeze blocks",
                "redraw": "draw blocks anew",
            },
            source="Dropping: Veit et al. 2016, arXiv 1605.06431, sec. 4.1",
        ),
    ]
    blocks: Annotated[
        str,
        Setting(
            title="Where",
            explanation="`all` blocks, those of a stage such as `stage2`, or one block such as "
            "`stage2.0`; what is frozen may also be the whole `body`, all but the classifier.",
        ),
    ] = ALL_BLOCKS
    value: Annotated[
        float,
        Setting(
            title="Value",
            explanation="A skip's strength; 1 drops, freezes or draws anew, and 0 takes a drop or "
            "a freeze back.",
            bounds=Bounds(least=0, most=1),
        ),
    ]

    def __post_init__(self) -> None:
        if self.what in ("drop", "freeze"):
            require(
                self.value in (0, 1),
                f"{self.what} is 1 to do it, or 0 to take it back, got {self.value}.",
            )
        require(
            self.what != "redraw" or self.value == 1,
            f"redraw is 1: weights that are gone cannot be had back, got {self.value}.",
        )
        check_settings(self, called={"value": self.what})
        object.__setattr__(self, "value", float(self.value))  # 0 and 0.0 are one intervention


@dataclass(frozen=True, kw_only=True)
class BlockState:
    """What holds of one block."""

    skip_strength: float
    """Factor on its shortcut."""
    is_dropped: bool = False
    is_frozen: bool = False

    @property
    def passing_strength(self) -> float:
        """Factor on what really comes past the branch: a dropped block hands on all of it."""
        return 1.0 if self.is_dropped else self.skip_strength

    def value_of(self, what: str) -> float:
        """What an intervention of this kind would replace; nothing is left of a redrawing."""
        values = {
            "skip_strength": self.skip_strength,
            "drop": float(self.is_dropped),
            "freeze": float(self.is_frozen),
        }
        return values.get(what, 0.0)


def block_paths(model: ModelConfig) -> tuple[str, ...]:
    """Lists the dotted paths of a net's blocks, in depth order."""
    return tuple(
        f"stage{stage}.{index}"
        for stage, count in enumerate(model.stage_blocks, start=1)
        for index in range(count)
    )


def find_blocks(model: ModelConfig, blocks: str) -> tuple[str, ...]:
    """Finds the paths of the blocks that `all`, `body`, a stage or a path means.

    Raises:
        ConfigError: naming the stages, for what is none of them.
    """
    paths = block_paths(model)
    found = tuple(p for p in paths if blocks in (ALL_BLOCKS, BODY, p, p.partition(".")[0]))
    if not found:
        last = f"stage{len(model.stage_blocks)}"
        raise ConfigError(
            f"{model.name} has no block '{blocks[:80]}': name all, a stage from stage1 to {last}, "
            f"or a block from {paths[0]} to {paths[-1]}."
        )
    return found


def check_intervention(model: ModelConfig, intervention: Intervention) -> None:
    """Refuses what this net cannot have done to it.

    Raises:
        ConfigError: saying which block cannot, and what can be done instead.
    """
    paths = find_blocks(model, intervention.blocks)
    if intervention.blocks == BODY and intervention.what != "freeze":
        raise ConfigError(
            f"{intervention.what} is done to blocks, and the body of {model.name} is more than its "
            f"blocks: name {ALL_BLOCKS} of them, or freeze the body."
        )
    if intervention.what == "skip_strength" and not model.has_additions:
        kind = "appends maps instead of adding them" if model.is_dense else "is a plain net"
        raise ConfigError(
            f"{model.name} {kind}, so it has no skip to weigh: choose a residual net, or freeze or "
            "redraw its blocks."
        )
    if intervention.what == "drop" and intervention.value:
        _check_dropping(model, paths)


def block_states(
    model: ModelConfig, interventions: Iterable[Intervention]
) -> dict[str, BlockState]:
    """Gives what holds of each block after some interventions, by path in depth order."""
    states = dict.fromkeys(block_paths(model), BlockState(skip_strength=model.skip_strength))
    for each in interventions:
        for path in find_blocks(model, each.blocks):
            states[path] = _after(states[path], each)
    return states


def is_body_frozen(interventions: Iterable[Intervention]) -> bool:
    """Whether what is neither block nor classifier is frozen, such as the stem.

    Blocks of such a net may have been thawed since; `block_states` says which.
    """
    of_body = [each for each in interventions if (each.what, each.blocks) == ("freeze", BODY)]
    return bool(of_body and of_body[-1].value)


def standing_interventions(
    model: ModelConfig, interventions: Iterable[Intervention]
) -> tuple[Intervention, ...]:
    """Gives the fewest interventions with the same outcome; none where all were taken back.

    What was drawn anew stands in the weights, so no redrawing is among them.
    """
    done = tuple(interventions)
    states, found, is_frozen = block_states(model, done), [], is_body_frozen(done)
    usual = BlockState(skip_strength=model.skip_strength, is_frozen=is_frozen)
    if is_frozen:
        found.append(Intervention(what="freeze", blocks=BODY, value=1))
    for what in ("skip_strength", "drop", "freeze"):
        values = {path: state.value_of(what) for path, state in states.items()}
        for blocks, value in named_together(values):
            if value != usual.value_of(what):
                found.append(Intervention(what=what, blocks=blocks, value=value))
    return tuple(found)


def named_together(values: dict[str, float]) -> Iterator[tuple[str, float]]:
    """Names blocks with one value together: all, a stage, else each block.

    Args:
        values: of every block of one net, or of whole stages.
    """
    if len(set(values.values())) == 1:
        yield ALL_BLOCKS, next(iter(values.values()))
        return
    stages: dict[str, dict[str, float]] = {}
    for path, value in values.items():
        stages.setdefault(path.partition(".")[0], {})[path] = value
    for stage, inside in stages.items():
        alike = len(set(inside.values())) == 1
        yield from [(stage, next(iter(inside.values())))] if alike else inside.items()


def _after(state: BlockState, intervention: Intervention) -> BlockState:
    changes = {
        "skip_strength": {"skip_strength": intervention.value},
        "drop": {"is_dropped": bool(intervention.value)},
        "freeze": {"is_frozen": bool(intervention.value)},
        "redraw": {},
    }
    return replace(state, **changes[intervention.what])


def _check_dropping(model: ModelConfig, paths: Sequence[str]) -> None:
    if model.is_dense:
        raise ConfigError(
            f"The blocks of {model.name} append maps that all later ones take, so none can be "
            "dropped: freeze or redraw them."
        )
    fixed = [path for path in paths if model.is_plain and _changes_shape(model, path)]
    if fixed:
        raise ConfigError(
            f"{fixed[0]} of {model.name} changes the shape of its maps and has no shortcut that "
            "could do it alone, so it cannot be dropped: name other blocks, one at a time."
        )


def _changes_shape(model: ModelConfig, path: str) -> bool:
    stage, index = path.removeprefix("stage").split(".")
    if index != "0":
        return False
    number = int(stage)
    entering = model.stage_channels[number - 2] if number > 1 else model.stem_width
    return number > 1 or entering != model.stage_channels[0]
