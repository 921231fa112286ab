"""Every page over a home in which each file of a run is spoiled in every way."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from starlette.applications import Starlette

from pages.ui.shell import routes
from resnet_core.runs.status import list_runs
from tests.pages.conftest import OpenPage
from tests.pages.saved_runs import write_saved_run
from tests.pages.shell.test_routes import Client
from tests.runs.hostile import build_sound_run, list_variants

pytestmark = pytest.mark.timeout(900)
PAGES = (
    "home",
    "train",
    "runs",
    "scoreboard",
    "feature_maps",
    "gradient_flow",
    "where_it_looks",
    "take_apart",
)


@pytest.fixture(scope="module")
def _spoiled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run for each way to spoil one, and one sound run between them."""
    home = tmp_path_factory.mktemp("spoiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_HOME", str(home))
        sound = build_sound_run()
        for number, variant in enumerate(list_variants()):
            minutes, seconds = divmod(number, 60)
            name = f"20260101-00{minutes:02}{seconds:02}-spoiled-0000"
            variant.spoil(shutil.copytree(sound, sound.with_name(name)))
    return home


@pytest.fixture
def spoiled_home(_spoiled_home: Path, home: Path) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_HOME", str(_spoiled_home))
        st.cache_data.clear()
        yield _spoiled_home


@pytest.mark.parametrize("page", PAGES)
def test_page_lives_in_a_spoiled_home(page: str, spoiled_home: Path, open_page: OpenPage) -> None:
    at = open_page(page)
    assert not at.exception
    assert not [error for error in at.error if "Something in the lab itself" in error.value]


@pytest.mark.parametrize("page", ["home", "train", "runs"])
def test_page_lives_where_every_run_is_damaged(page: str, home: Path, open_page: OpenPage) -> None:
    for content in ("{", "[]"):
        (build_sound_run() / "config.json").write_text(content)
    assert not open_page(page).exception


def test_damaged_run_is_told_on_its_own_page(home: Path, open_page: OpenPage) -> None:
    folder = build_sound_run()
    (folder / "state.json").write_text('{"said_at": "x"}')
    at = open_page("train", run=folder.name)
    assert any("is damaged" in error.value.replace("\\", "") for error in at.error)
    assert not [button for button in at.button if "Resume" in button.label]


def test_damaged_run_offers_nothing_but_its_deletion(home: Path, open_page: OpenPage) -> None:
    folder = build_sound_run()
    (folder / "state.json").write_text('{"said_at": "x"}')
    at = open_page("runs")
    assert any("damaged" in element.value for element in at.markdown)
    assert any("said" in caption.value for caption in at.caption)
    (compare,) = (box for box in at.checkbox if box.key == f"compare_{folder.name}")
    assert compare.disabled
    assert not compare.value


def test_routes_never_fail_unexpectedly(spoiled_home: Path) -> None:
    client = Client(Starlette(routes=routes.build_routes()))
    statuses = list_runs()
    assert len(statuses) > 250
    for status in statuses:
        for what in ("metrics", "metrics.csv"):
            answer = client.get(f"/api/runs/{status.run_id}/{what}")
            assert answer.status_code in (200, 404, 503), (status, what)
            if status.is_damaged:
                assert answer.status_code == 503
                assert answer.text == status.message


@pytest.fixture
def read_only_home(tmp_path: Path, home: Path) -> Iterator[Path]:
    """A home with a run in it, on a disk that cannot be written."""
    write_saved_run()
    mount = ["mount", "--bind", str(home), str(home)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a read-only disk needs root")
    subprocess.run(["mount", "-o", "remount,ro,bind", str(home)], check=True)
    yield home
    subprocess.run(["umount", "-l", str(home)], check=True)


def test_demo_says_in_a_sentence_that_the_home_is_read_only(
    read_only_home: Path, open_page: OpenPage
) -> None:
    at = open_page("home")
    (button,) = (button for button in at.button if button.label == "Start the demo")
    button.click().run()
    assert not at.exception
    (error,) = at.error
    assert "read-only" in error.value.replace("\\", "")
