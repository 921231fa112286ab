"""From a configuration to an experiment that is ready to train."""

import os

import torch

from resnet_core import paths
from resnet_core.config import ExperimentConfig
from resnet_core.data import load_dataset
from resnet_core.devices import compute_with, resolve_device
from resnet_core.progress import Progress, ignore_progress
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.starting import seen_by_start


def prepare(config: ExperimentConfig, progress: Progress = ignore_progress) -> Lockstep:
    """Loads the data and builds the arms on the device.

    Raises:
        ResNetLabError: for a device, a data set or a net that cannot be had; `CancelledError`
            when `progress` raises it.
    """
    if config.num_threads is not None:
        compute_with(config.num_threads)
    device = resolve_device(config.device)
    torch.backends.cudnn.benchmark = device.type == "cuda"
    if config.training.compile:
        # What torch compiles is kept, so that the next run of the same net is spared the wait.
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(paths.compiled_dir()))
    progress("Loading the pictures.")
    data = load_dataset(config.data, progress=progress, needs=("train",))
    data = seen_by_start(config, data)
    progress("Building the nets.")
    lockstep = Lockstep(config, data, device)
    lockstep.keep_features(progress)
    return lockstep
