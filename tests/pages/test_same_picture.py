"""One uploaded picture has one answer, whichever page it is shown on."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from resnet_core.asking import load_net
from resnet_core.checkpoints import MeasuredAfterwards, find_checkpoint, keep_measured
from resnet_core.runs.status import run_dir
from resnet_core.shares import probability_text
from tests.asking.pictures import picture_of
from tests.inference.conftest import save_tiny
from tests.pages.classify_page import bars, upload, wait
from tests.pages.conftest import OpenPage
from tests.pages.tile_sheets import press_tile, settle, tile_rows


@pytest.fixture
def large_net(home: Path) -> str:
    metrics = {"temperature": 1.7}
    folder = home / "imported"
    save_tiny(folder, "large", image_size_px=224, resize_px=256, metrics=metrics)
    return "large"


def written(text: str) -> str:
    """What a person reads: spaces of any kind are spaces, and nothing is escaped."""
    return " ".join(text.replace("\\", "").split())


@pytest.mark.usefixtures("large_net")
@pytest.mark.parametrize(
    ("checkpoint", "kind"),
    [
        ("resnet20-cifar10-jpeg", "rgb"),
        ("resnet20-cifar10-jpeg", "turned"),
        ("resnet20-fashion-mnist", "cmyk"),
        ("large", "tall"),
    ],
)
def test_both_pages_say_the_same_of_an_upload(open_page: OpenPage, checkpoint: str, kind: str):
    content = picture_of(kind)
    net = load_net(find_checkpoint(checkpoint), device="cpu")
    (best,) = net.answer(net.see(content, name=kind)).top(1)

    classify = open_page("classify")
    wait(upload(classify, (f"{kind}.bin", content)), bars)  # it may choose a net of photographs
    wait(classify.selectbox(key="classify_net").set_value(f"kept/{checkpoint}").run(), bars)
    said = [re.search(r"## (.*), (.*) sure", element.value) for element in classify.markdown]
    (headline,) = [found for found in said if found]
    assert written(headline[2]) == written(probability_text(best.probability))

    looks = open_page("where_it_looks")
    looks.segmented_control(key="probed_origin").set_value("My own").run()
    (uploader,) = looks.file_uploader
    uploader.set_value((f"{kind}.bin", content, "application/octet-stream"))
    settle(looks.run())
    settle(looks.selectbox(key="probed_net").set_value(f"kept/{checkpoint}").run())
    looks.multiselect(key="look_methods").set_value(["grad-cam"])
    settle(looks.run())
    (row,) = tile_rows(looks, "look_grid")
    says = f"says {best.class_name} ({probability_text(best.probability)})"
    assert written(says) in [written(note) for note in row["notes"]]
    press_tile(looks, "look_grid", row["tiles"][1][0])
    progress = [element.proto.text for element in looks.get("progress")]
    assert written(progress[0]) == written(
        f"{best.class_name} {probability_text(best.probability)}"
    )


@pytest.mark.usefixtures("no_shipped_nets")
def test_every_step_says_what_it_says_since_it_was_calibrated(
    open_page: OpenPage, saved_run: str
) -> None:
    at = settle(open_page("where_it_looks"))
    at.multiselect(key="look_methods").set_value(["grad-cam"])
    at.segmented_control(key="look_view").set_value("Over training")
    before = _captions(settle(at.run()))
    last = max((run_dir(saved_run) / "checkpoints").glob("0-*.safetensors"))
    keep_measured(last, MeasuredAfterwards(metrics={"temperature": 0.1}))
    after = _captions(settle(at.run()))
    assert after[:-1] == before[:-1]
    assert after[-1] != before[-1]


def _captions(at: AppTest) -> list[str]:
    (row,) = tile_rows(at, "look_steps")
    return [caption for _, _, caption in row["tiles"]]
