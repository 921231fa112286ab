"""What was measured here is found again, for the same question and the same code alone."""

import pytest
import torch

from resnet_core import paths
from resnet_core.probes.lesions import LesionScore
from resnet_core.stored.kept import keep_measurement, kept_measurement

MODULES = ("errors.py",)
CPU = torch.device("cpu")
RESULT = (LesionScore(right=3, total=5),)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_result_comes_back_with_its_date_and_machine():
    made = keep_measurement("lesions", {"net": "a", "counts": (1, 2)}, MODULES, RESULT, CPU)
    found = kept_measurement("lesions", {"net": "a", "counts": [1, 2]}, MODULES)
    assert found is not None
    assert found.result == RESULT
    assert (found.date, found.hardware) == (made.date, made.hardware)


def test_another_question_name_or_code_finds_nothing():
    keep_measurement("lesions", {"net": "a"}, MODULES, RESULT, CPU)
    assert kept_measurement("lesions", {"net": "b"}, MODULES) is None
    assert kept_measurement("other", {"net": "a"}, MODULES) is None
    assert kept_measurement("lesions", {"net": "a"}, ("progress.py",)) is None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"result": {"object": "os:path", "fields": {}}}', b"\xff\xfe"]
)
def test_a_damaged_file_is_measured_anew(content):
    keep_measurement("lesions", {"net": "a"}, MODULES, RESULT, CPU)
    (file,) = paths.measurements_dir().iterdir()
    file.write_bytes(content)
    assert kept_measurement("lesions", {"net": "a"}, MODULES) is None
    keep_measurement("lesions", {"net": "a"}, MODULES, RESULT, CPU)
    assert kept_measurement("lesions", {"net": "a"}, MODULES) is not None


def test_a_home_that_cannot_be_written_loses_nothing_but_the_wait(home, caplog):
    home.write_text("a file where the folder would be")
    made = keep_measurement("lesions", {"net": "a"}, MODULES, RESULT, CPU)
    assert made.result == RESULT
    assert kept_measurement("lesions", {"net": "a"}, MODULES) is None
    (told,) = caplog.messages
    assert told.startswith("What was measured is not kept for the next time. Cannot write ")
