"""A run whose newest bucket is half full: drawn as one even picture, read as it was measured."""

import numpy as np

from resnet_core.config import ArmConfig, ExperimentConfig
from resnet_core.models import model_config
from resnet_core.runs.status import WorkerState, create_run, write_state
from resnet_core.runs.store import MetricsWriter, StepRow
from tests.browser.conftest import OpenPage
from tests.browser.live import CHART, arm_steps, wait_for

_STEPS = 1_301  # in buckets of four, the last of which holds one step
_LAYERS = ("stem.conv", "classifier")


def _write_run() -> str:
    arm = ArmConfig(label="ResNet-8", model=model_config("resnet8"))
    folder = create_run(ExperimentConfig(name="Long", arms=(arm,)))
    writer = MetricsWriter(folder)
    with writer.transaction():
        layout = {"label": arm.label, "layers": _LAYERS, "positions": {}}
        writer.write_meta("arms", [layout])
        writer.add_steps(_row(step) for step in range(1, _STEPS + 1))
    writer.close()
    write_state(folder, WorkerState(phase="finished", num_steps=_STEPS))
    return folder.name


def _row(step: int) -> StepRow:
    return StepRow(
        step=step,
        arm=0,
        time_s=step * 0.01,
        loss=1.0,
        accuracy=0.5,
        learning_rate=0.1,
        images_per_s=100.0,
        gradient_norm=1.0,
        layer_norms=np.array([0.0, 1.0], np.float32),
    )


def test_heatmap_of_a_half_full_bucket_is_even_and_says_its_true_step(open_page: OpenPage) -> None:
    page = open_page(f"/train?run={_write_run()}")
    page.wait_for_selector(CHART)
    wait_for(lambda: arm_steps(page) == [_STEPS], "all steps", page)
    page.wait_for_selector(f"{CHART} .rl-flow .heatmaplayer .hm")
    x, said = page.evaluate(
        f"""() => {{
          const [{{ x, text }}] = document.querySelector("{CHART} .rl-flow").data;
          return [Array.from(x), Array.from(text[0])];
        }}"""
    )
    assert set(np.diff(x)) == {4}
    assert said[-2:] == [_STEPS - 1, _STEPS]
