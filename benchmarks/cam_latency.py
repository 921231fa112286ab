"""What a Grad-CAM costs: ours against torch-cam's, ResNet-18 at 224 px, one picture.

    python -m benchmarks.cam_latency --pairs 60 --threads 1 --cpu-time
    python -m benchmarks.cam_latency --all-methods

Both sides get the same net and picture and have to find the predicted class themselves; torch-cam's
hooks are attached once beforehand, ours at every call, because ours leave the net as it was.
Needs torch-cam (`pip install torchcam`).  Goal: a median ratio of 1.0 or less.
"""

import argparse
import statistics
import time

import torch

from benchmarks.timing import compare
from resnet_core.explain import Question, attribute, find_method, list_methods
from resnet_core.models import ResNet, build_model, model_config

LAYER = "stage4.1"


def ours(model: ResNet, picture: torch.Tensor) -> None:
    """The lab's call, as a page makes it."""
    attribute(model, picture, Question(method="grad-cam", layer=LAYER))


class Theirs:
    """torch-cam's extractor, used as its documentation shows."""

    def __init__(self, model: ResNet) -> None:
        from torchcam.methods import GradCAM

        self._model, self._extractor = model, GradCAM(model, LAYER)
        self._extractor.disable_hooks()

    def __call__(self, picture: torch.Tensor) -> None:
        """One map of the predicted class."""
        self._extractor.enable_hooks()
        scores = self._model(picture)
        self._extractor(int(scores.argmax()), scores)
        self._extractor.disable_hooks()


def time_all(model: ResNet, picture: torch.Tensor, num_runs: int) -> None:
    """Prints the median time of every method, for the table in docs/benchmarks.md."""
    for method in list_methods():
        question = Question(method=method.name, layer=LAYER)
        attribute(model, picture, question)
        times_s = []
        for _ in range(num_runs):
            started = time.perf_counter()
            attribute(model, picture, question)
            times_s.append(time.perf_counter() - started)
        title = find_method(method.name).title
        print(f"{title:22s} {statistics.median(times_s) * 1e3:8.1f} ms", flush=True)


def main() -> None:
    """Runs the comparison, or the table of all methods."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cpu-time", action="store_true", help="for a machine that is shared")
    parser.add_argument("--all-methods", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model = build_model(model_config("resnet18", num_classes=1000)).eval()
    picture = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    if options.all_methods:
        time_all(model, picture, num_runs=3)
        return
    clock = time.process_time if options.cpu_time else time.perf_counter
    theirs = Theirs(model)
    result = compare(
        lambda: ours(model, picture), lambda: theirs(picture), options.pairs, clock=clock
    )
    print(result.report("Grad-CAM, ResNet-18, 224 px, against torch-cam"))
    print(f"our time over theirs, median of pairs: {1 / result.ratio:.3f}")


if __name__ == "__main__":
    main()
