"""Sentences that name options, as pages show them."""

import pytest

from pages.ui.shell.controls import with_controls

CONTROLS = {"--mean": "Mean of each channel", "--std": "Standard deviation", "--skips": "Shortcuts"}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no shortcuts (--skips zeros|plain)", "no shortcuts (“Shortcuts”)"),
        ("so taken (--mean, --std)", "so taken (“Mean of each channel” and “Standard deviation”)"),
        ("say it (--map)", "say it (“Classes of other names”)"),
        ("another by --image-size.", "another by --image-size on the command line."),
        ("give it (--blur no|yes)", "give it (--blur no|yes on the command line)"),
        ("'a --skips b' is no file", "'a --skips b' is no file"),
        ("3 -- 4, a--skips, nothing", "3 -- 4, a--skips, nothing"),
    ],
)
def test_options_become_controls_of_the_page(said, shown):
    assert with_controls(said, CONTROLS) == shown
