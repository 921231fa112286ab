"""What a person says of weights that they bring."""

from dataclasses import dataclass

from resnet_core.checkpoints import NORMALISATION, check_new_name
from resnet_core.errors import ConfigError
from resnet_core.importing.architecture import AUTOMATIC, architecture_config
from resnet_core.importing.described import IMPORTED_SIDES_PX
from resnet_core.importing.readings import QUESTIONS, check_answer
from resnet_core.pictures.names import plain_name


@dataclass(frozen=True, kw_only=True)
class ImportRequest:
    """What a person says of the weights; what is left out follows from whose they are."""

    name: str
    """Name of the new checkpoint: letters, digits, dots, hyphens, underscores."""
    architecture: str = AUTOMATIC
    """A net of the registry, or `auto`: the weights' own names and shapes tell."""
    class_names: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    """Mean of each channel that the net's pictures were normalised with, 0 to 1 scale."""
    std: tuple[float, ...] = ()
    image_size_px: int | None = None
    """Side of the picture that the net takes, px."""
    resize_px: int | None = None
    """Side before the centre is cut, px."""
    source: str = ""
    """Where the weights come from."""
    data_title: str = ""
    """What they were trained on."""
    part: str = ""
    """Which of several nets in the file, by where it stands, such as `state_dict_ema`."""
    stem_pool: str = ""
    """Whether a max pooling ends the stem: `keep`, `none`, or empty: statistics or custom tell."""
    skips: str = ""
    """What shortcuts without weights do: `zeros-around`, `zeros-behind`, `plain` for none."""
    stride_on: str = ""
    """Which convolution of a bottleneck has the stride: `3x3` or `1x1`."""
    blur: str = ""
    """Whether maps are blurred before they shrink: `yes` or `no`."""
    projection_pool: str = ""
    """Whether projections take the average of 2x2 pixels: `yes` or `no`."""
    pre_shortcut: str = ""
    """Where shortcuts of pre-activation blocks start: `shared`, `projections` or `raw`."""

    def __post_init__(self) -> None:
        check_new_name(self.name)
        if self.architecture != AUTOMATIC:
            architecture_config(self.architecture)
        if len(self.mean) != len(self.std):
            raise ConfigError("Give a mean and a standard deviation for each channel, or neither.")
        if not all(
            span.holds(value)
            for name, span in NORMALISATION.items()
            for value in getattr(self, name)
        ):
            raise ConfigError("Mean and std are on the 0..1 scale: such as 0.485 and 0.229.")
        for question in QUESTIONS:
            check_answer(question.name, getattr(self, question.name))
        low, high = IMPORTED_SIDES_PX
        if self.image_size_px is not None and not low <= self.image_size_px <= high:
            raise ConfigError(
                f"image_size_px must lie between {low} and {high}, got {self.image_size_px}."
            )

    @property
    def answers(self) -> dict[str, str]:
        """What is said of questions that tensors leave open."""
        said = {question.name: getattr(self, question.name) for question in QUESTIONS}
        return {name: answer for name, answer in said.items() if answer}


def read_numbers(text: str) -> tuple[float, ...]:
    """Reads a list such as `0.485, 0.456, 0.406`; an empty text is an empty list.

    Raises:
        ConfigError: for anything else.
    """
    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError as exc:
        raise ConfigError(
            f"'{plain_name(text)}' is no list of numbers: write it such as 0.485,0.456,0.406."
        ) from exc
