"""Pictures read and judged before a run begins, so that what is wrong is told at once."""

from resnet_core.config import ExperimentConfig
from resnet_core.data import load_dataset
from resnet_core.progress import Progress, ignore_progress
from resnet_core.recipes.finetuning import (
    TeachingRequest,
    read_start,
    teaching_data,
    teaching_experiment,
)
from resnet_core.training.starting import refuse_unteachable


def prepare_teaching(
    request: TeachingRequest, progress: Progress = ignore_progress
) -> ExperimentConfig:
    """Reads the pictures and gives the experiment that teaches a net their classes.

    Raises:
        CheckpointError: when there is no such net, or it takes no photographs.
        ConfigError: for a setting that cannot be.
        DataError: when the pictures cannot be used, or a class has too few.
        CancelledError: if `progress` cancels.
    """
    card = read_start(request)
    config = teaching_data(request, card)
    data = load_dataset(config, progress=progress, needs=("train",))
    refuse_unteachable(data)
    return teaching_experiment(request, card, data.card.title, len(data.train))
