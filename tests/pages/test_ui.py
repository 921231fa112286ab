import subprocess
import sys
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.shell.notices import plain
from pages.ui.shell.wording import count, duration, local_time
from resnet_core.models import list_models
from resnet_core.recipes.comparisons import READY_MADE, arms_of_nets, net_label


def test_importing_what_pages_share_says_nothing() -> None:
    """As the server does before its runtime is there: Streamlit would warn of each cache."""
    done = subprocess.run(
        [sys.executable, "-c", "import pages.ui.choosing.nets"], capture_output=True, check=True
    )
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.25, "0.2 s"),
        (59.4, "59 s"),
        (200, "3 min 20 s"),
        (3 * 3600 + 61, "3 h 1 min"),
        (50 * 3600, "2 d 2 h"),
    ],
)
def test_duration_has_two_units(seconds, text) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (12, "12"),
        (999.7, "1 k"),
        (269_722, "270 k"),
        (999_700, "1 M"),
        (11_181_642, "11.2 M"),
        (1.8e9, "1.8 G"),
        (2e12, "2 T"),
    ],
)
def test_count_has_three_digits(number, text) -> None:
    assert count(number) == text


def test_local_time_is_readable() -> None:
    assert "Nov 2026" in local_time(datetime(2026, 11, 15, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("resnet20", "ResNet-20"),
        ("plain56", "Plain-56"),
        ("preact_resnet110", "Pre-act ResNet-110"),
        ("resnet18_cifar", "ResNet-18, 3x3 stem"),
        ("mine", "mine"),
    ],
)
def test_net_label_writes_names_as_people_do(name, label) -> None:
    assert net_label(name) == label


def test_net_labels_tell_all_nets_apart() -> None:
    assert len({net_label(name) for name in list_models()}) == len(list_models())


@pytest.mark.parametrize("comparison", READY_MADE, ids=lambda comparison: comparison.title)
def test_ready_comparisons_name_nets_that_exist(comparison) -> None:
    assert len(arms_of_nets(comparison.nets)) == len(comparison.nets)


def test_plain_keeps_a_number_and_its_percent_sign_in_one_line() -> None:
    assert (
        plain("82.95 % of 9 pictures, a %") == "82\\.95\N{NO-BREAK SPACE}\\% of 9 pictures\\, a \\%"
    )


def test_plain_leaves_no_markup_standing() -> None:
    text = plain("![a](http://b) <svg> :red[c]\n# $d$ **e** `f` ok")
    assert text == (r"\!\[a\]\(http\:\/\/b\) \<svg\> \:red\[c\] \# \$d\$ \*\*e\*\* \`f\` ok")


def test_want_of_memory_that_nobody_expected_is_told_with_what_to_do() -> None:
    def script() -> None:
        from pages.ui.shell.notices import show_unexpected

        assert show_unexpected(MemoryError("Unable to allocate 12.3 GiB"))

    at = AppTest.from_function(script).run()
    assert "Not enough memory for this; take fewer pictures" in at.error[0].value.replace("\\", "")


def test_unexpected_error_is_told_without_its_details() -> None:
    def script() -> None:
        from pages.ui.shell.notices import show_unexpected

        assert show_unexpected(ZeroDivisionError("secret"))

    at = AppTest.from_function(script).run()
    assert "server's log" in at.error[0].value
    assert "secret" not in at.error[0].value
    assert "ZeroDivision" not in at.error[0].value
