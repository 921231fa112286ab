import threading

import torch

from resnet_core.models import build_model, cifar_config, model_config
from resnet_core.models.trace import trace_operations


def test_tracing_disturbs_no_net_that_runs_meanwhile() -> None:
    model = build_model(model_config("resnet20", stage_widths=(2, 2, 2), stem_width=2)).eval()
    picture = torch.zeros(1, 3, 8, 8)
    with torch.no_grad():
        expected = model(picture)
    answers: list[torch.Tensor] = []
    problems: list[Exception] = []
    is_over = threading.Event()

    def ask_again_and_again() -> None:
        while not is_over.is_set():
            try:
                with torch.no_grad():
                    answers.append(model(picture))
            except Exception as exc:
                problems.append(exc)

    def trace(first_depth: int) -> None:
        for depth in range(first_depth, first_depth + 60, 12):
            trace_operations(cifar_config(depth, plain=True), 17)

    asking = threading.Thread(target=ask_again_and_again)
    tracing = [threading.Thread(target=trace, args=(depth,)) for depth in (8, 14)]
    for thread in (asking, *tracing):
        thread.start()
    for thread in tracing:
        thread.join()
    is_over.set()
    asking.join()
    assert not problems
    assert answers
    assert all(torch.equal(answer, expected) for answer in answers)
    assert trace_operations(cifar_config(8, plain=True), 17)[0].path == "stem.conv"
