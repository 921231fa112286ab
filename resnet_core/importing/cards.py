"""The card of a net that was brought: what the person says, what the file says, what is custom."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from resnet_core.checkpoints import Brought, CheckpointCard, library_versions, today
from resnet_core.checkpoints.naming import untold_data_title
from resnet_core.config import NEWEST_RESIZING, ModelConfig
from resnet_core.errors import CheckpointError, ConfigError
from resnet_core.importing.checker import CheckedFile
from resnet_core.importing.described import IMPORTED_SIDES_PX
from resnet_core.importing.doubts import assumed_sentences, warning_sentences
from resnet_core.importing.edited import own_interventions
from resnet_core.importing.origins import OWN
from resnet_core.importing.requests import ImportRequest
from resnet_core.importing.shapes import usual_side_px
from resnet_core.pictures.names import distinct_names, plain_name

_MOST_CLASS_LETTERS = 80
_USUAL = 0.5
"""Mean and std of each channel where nobody says anything of pictures that are not in colour."""


@dataclass(frozen=True, kw_only=True)
class _Pictures:
    """How a net's pictures are prepared, and which of it is custom alone."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    side_px: int
    assumed: tuple[str, ...]


def imported_card(request: ImportRequest, checked: CheckedFile, file_name: str) -> CheckpointCard:
    """Writes the card of a file that was found good.

    Raises:
        CheckpointError: when the file states what cannot be used.
        ConfigError: for class names, means or sizes that the net cannot have.
    """
    model = checked.model
    request = _with_what_the_file_says(request, checked, file_name)
    pictures = _pictures(request, checked)
    num_left_out = sum(checked.left_out.values())
    source = request.source or f"Imported from '{plain_name(file_name)}' ({checked.family})"
    if num_left_out:
        source += f"; {num_left_out} tensors beside the net were left out"
    return CheckpointCard(
        name=request.name,
        model=model,
        interventions=own_interventions(checked, model, file_name),
        class_names=_class_names(request, model.num_classes),
        image_size_px=pictures.side_px,
        resize_px=request.resize_px or _usual_resize(pictures.side_px, model),
        resizing=NEWEST_RESIZING,
        mean=pictures.mean,
        std=pictures.std,
        data_title=request.data_title or untold_data_title(request.name),
        data_sha256="",
        step=0,
        num_steps=0,
        date=today(),
        source=source,
        brought=Brought(
            family=checked.family,
            assumed=(
                *assumed_sentences(checked),
                *pictures.assumed,
                *_assumed_of_names(request.class_names),
            ),
            warnings=warning_sentences(checked),
            left_out={plain_name(what): count for what, count in checked.left_out.items()},
        ),
        libraries=library_versions(),
    )


def _with_what_the_file_says(
    request: ImportRequest, checked: CheckedFile, file_name: str
) -> ImportRequest:
    """Fills in what the file says of itself where the person says nothing.

    Raises:
        CheckpointError: when it says what cannot be used; a guess would be somebody else's.
    """
    said = checked.described
    for field, why in said.problems:
        if field != "interventions" and not getattr(request, field):
            raise CheckpointError(
                f"'{plain_name(file_name)}' states {why}: give {_wanted(field, checked)} yourself."
            )
    filled = replace(
        request,
        class_names=request.class_names or said.class_names,
        image_size_px=request.image_size_px or said.image_size_px,
    )
    return filled if request.mean else replace(filled, mean=said.mean, std=said.std)


def _wanted(field: str, checked: CheckedFile) -> str:
    if field == "class_names":
        return f"{checked.model.num_classes:,} class names in label order"
    if field == "image_size_px":
        return f"the side of its pictures, {IMPORTED_SIDES_PX[0]} to {IMPORTED_SIDES_PX[1]} px,"
    return f"mean and std of its {checked.model.in_channels} channels, such as 0.485,0.456,0.406,"


def _pictures(request: ImportRequest, checked: CheckedFile) -> _Pictures:
    mean, std = _normalisation(request, checked)
    side_px = request.image_size_px or usual_side_px(checked.model)
    return _Pictures(
        mean=mean,
        std=std,
        side_px=side_px,
        assumed=tuple(_assumed_of_pictures(request, checked, mean, std, side_px)),
    )


def _assumed_of_pictures(
    request: ImportRequest,
    checked: CheckedFile,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    side_px: int,
) -> Iterator[str]:
    if not request.image_size_px:
        yield f"pictures of {side_px} px (--image-size)"
    if not request.mean and not checked.is_normalised:
        shown = (", ".join(f"{value:.4g}" for value in part) for part in (mean, std))
        yield "pictures normalised with mean {} and std {} (--mean, --std)".format(*shown)


def _usual_resize(side_px: int, model: ModelConfig) -> int | None:
    """Nets with the ImageNet stem see the central 224 of 256 px (He et al. 2015, 3.4)."""
    return 256 if usual_side_px(model) == side_px == 224 else None


def _normalisation(
    request: ImportRequest, checked: CheckedFile
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    channels = checked.model.in_channels
    if request.mean:
        if len(request.mean) != channels:
            raise ConfigError(
                f"The net takes {channels} channels: give {channels} means and standard "
                f"deviations, not {len(request.mean)}."
            )
        return request.mean, request.std
    if checked.family == OWN:
        raise ConfigError(
            "Weights of this lab without their card do not say how pictures are normalised: give "
            "mean and std, such as 0.5,0.5,0.5 and 0.25,0.25,0.25."
        )
    if len(checked.mean) == channels:
        return checked.mean, checked.std
    return (_USUAL,) * channels, (_USUAL,) * channels


def _class_names(request: ImportRequest, count: int) -> tuple[str, ...]:
    if not request.class_names:
        return tuple(f"class {index}" for index in range(count))
    if len(request.class_names) != count:
        raise ConfigError(
            f"The net tells {count} classes apart: give {count} class names, not "
            f"{len(request.class_names)}."
        )
    return distinct_names([_shown(name) for name in request.class_names])


def _assumed_of_names(names: tuple[str, ...]) -> Iterator[str]:
    count = len(names) - len(set(map(_shown, names)))
    if count:
        yield "class names that stand for several classes, told apart by their labels (--classes)"


def _shown(name: str) -> str:
    return plain_name(name)[:_MOST_CLASS_LETTERS]
