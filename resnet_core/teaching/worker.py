"""The worker of a run that teaches a net: `python -m resnet_core.teaching.worker RUN_FOLDER`.

It trains as every worker does; before the run is called finished, it measures how far the new net
can be believed and which pictures are strange to it, so that Classify says so at once.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from resnet_core.errors import ResNetLabError
from resnet_core.progress import Progress
from resnet_core.training.worker import main

if TYPE_CHECKING:  # it loads torch
    from resnet_core.training.lockstep import Lockstep


def calibrate_taught(run_dir: Path, lockstep: "Lockstep", progress: Progress) -> str:
    """Measures how far the final weights of each taught net can be believed, and keeps it.

    Returns:
        A sentence where that could not be; the net can be used all the same.
    """
    from resnet_core.asking import load_net
    from resnet_core.inference import keep_calibration, measure_calibration
    from resnet_core.runs.status import read_config
    from resnet_core.teaching.held_out import write_held_out
    from resnet_core.teaching.outcome import final_card, held_out_split, weights_of

    problems = []
    split, _ = held_out_split(read_config(run_dir.name).data.source)
    write_held_out(run_dir, lockstep.data, split)
    for arm in lockstep.active_arms:
        card = final_card(run_dir, arm.replica)
        if arm.config.start is None or card is None:
            continue
        weights = weights_of(run_dir, card)
        try:
            net = load_net(weights, device=str(lockstep.device))
            progress(f"Measuring how far {arm.title} can be believed.")
            keep_calibration(weights, measure_calibration(net, lockstep.data, progress))
        except ResNetLabError as exc:
            problems.append(f"How far {arm.title} can be believed is not known: {exc}")
    return " ".join(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], calibrate_taught))
