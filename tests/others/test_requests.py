"""Who may name which net: a page can name nothing that would run code of its own choice."""

import sys
from pathlib import Path

import pytest

from resnet_core.config.plugins import VARIABLE, listed_builders
from resnet_core.errors import ConfigError
from resnet_core.others import (
    asked_request,
    build_other,
    is_other_name,
    list_other_nets,
    listed_request,
)
from tests.others.builders import CALLS

TINY = "tests.others.builders:tiny"


@pytest.fixture(autouse=True)
def no_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.mark.parametrize(
    "name",
    [TINY, "os:system", "tests.others.untouched:build", "Mine", "torchvision.models:resnet18", ""],
)
def test_page_cannot_name_code(name: str) -> None:
    CALLS.clear()
    sys.modules.pop("tests.others.untouched", None)
    with pytest.raises(ConfigError, match="is no net that is listed here"):
        listed_request(name)
    assert CALLS == []
    assert "tests.others.untouched" not in sys.modules


def test_no_page_asks_as_the_command_line_does() -> None:
    root = Path(__file__).resolve().parents[2]
    sources = [root / "streamlit_app.py", *(root / "pages").rglob("*.py")]
    doors = ("asked_request", "others.code", "build_by_code", "import_builder", "code=")
    text = "\n".join(source.read_text() for source in sources)
    assert "listed_request" in text
    assert [door for door in doors if f" {door}" in text or f"({door}" in text] == []


def test_owner_names_code_for_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, f"Mine={TINY}, tests.others.builders:two_answers")
    assert dict(listed_builders()) == {
        "Mine": TINY,
        "tests.others.builders:two_answers": "tests.others.builders:two_answers",
    }
    assert [net.name for net in list_other_nets() if not net.library] == [
        "Mine",
        "tests.others.builders:two_answers",
    ]
    assert is_other_name("Mine")
    assert listed_request("Mine").code == TINY
    with pytest.raises(ConfigError):  # the path behind a title is no name of a page
        listed_request(TINY)
    assert build_other(listed_request("Mine")).card.name == "Mine"


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("Mine=", "names no function"),
        ("=a.b:c", "names no function"),
        ("Mine=a.b", "names no function"),
        ("torchvision:resnet50=a.b:c", "names no function"),
        ("a:b:c", "names no function"),
        ("Mine=a.b:c,Mine=a.b:d", "stands twice"),
    ],
)
def test_owner_is_told_what_is_written_wrong(
    monkeypatch: pytest.MonkeyPatch, entry: str, sentence: str
) -> None:
    monkeypatch.setenv(VARIABLE, entry)
    with pytest.raises(ConfigError, match=sentence):
        listed_builders()


def test_command_line_may_name_code() -> None:
    assert asked_request(TINY).code == TINY
    assert asked_request("torchvision:resnet18").code == ""


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("torchvision:resnet5", "did you mean resnet50"),
        ("torchvision:fcn_resnet50", "it gives a class for every pixel"),
        ("torchvision:maskrcnn_resnet50_fpn", "it finds objects"),
        ("torchvision:quantized_resnet50", "take the net of the same name without quantized_"),
        ("torchvision:r3d_18", "it takes films"),
        ("torchvision:raft_small", "it takes two pictures"),
    ],
)
def test_net_that_gives_no_classes_is_refused(name: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        listed_request(name)


def test_absent_timm_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'resnet-lab\[timm\]'"):
        listed_request("timm:resnet18")
    assert {net.library for net in list_other_nets()} == {"torchvision"}


def test_seed_out_of_range_is_refused() -> None:
    with pytest.raises(ConfigError, match="A seed lies between 0 and"):
        asked_request("torchvision:resnet18", seed=-1)
