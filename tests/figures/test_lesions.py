"""Figures of lesions by value, and their CSVs."""

from typing import Any

import pytest

from resnet_core.figures.lesions import (
    lesions_csv,
    lesions_figure,
    random_lesions_csv,
    random_lesions_figure,
)
from resnet_core.figures.style import PLAIN_COLOURS, RESIDUAL_COLOURS
from resnet_core.probes.lesions import (
    BlockLesion,
    LesionBench,
    LesionDraw,
    LesionScore,
    RandomLesions,
)
from resnet_core.shares import wilson_interval
from resnet_core.students import mean_interval
from tests.figures.reading import rows


def score(right: int, total: int = 100) -> LesionScore:
    return LesionScore(right=right, total=total)


def bench(*, is_plain: bool) -> LesionBench:
    return LesionBench(
        name="plain20" if is_plain else "resnet20",
        is_plain=is_plain,
        num_classes=10,
        num_calibration=16,
        whole=score(90),
        recalibrated_whole=score(88),
        blocks=(
            BlockLesion(path="stage1.0", as_is=score(60), recalibrated=score(80)),
            BlockLesion(path="stage2.0", reason="It changes the <shape>.")
            if is_plain
            else BlockLesion(path="stage2.0", as_is=score(70), recalibrated=score(85)),
        ),
        at_random=(
            RandomLesions(
                draws=(
                    LesionDraw(removed=("stage1.0",), as_is=score(30, 50)),
                    LesionDraw(removed=("stage2.0",), as_is=score(40, 50)),
                )
            ),
        ),
        elapsed_s=1.0,
    )


@pytest.fixture
def benches() -> dict[str, LesionBench]:
    return {"R <b>": bench(is_plain=False), "P": bench(is_plain=True)}


def named(figure: Any, name: str) -> Any:
    (found,) = (trace for trace in figure.data if trace.name == name)
    return found


def test_a_legend_has_a_row_for_each_net_unless_names_are_long(benches):
    assert lesions_figure(benches).layout.legend.entrywidth == pytest.approx(0.24)
    long = {f"{label}, of a run with a long name": each for label, each in benches.items()}
    assert lesions_figure(long).layout.legend.entrywidth is None


def test_bars_stand_in_depth_order_with_wilson_s_interval(benches):
    bars = named(lesions_figure(benches), "R &lt;b&gt;, as it is")
    assert (list(bars.x), list(bars.y)) == (["stage1.0", "stage2.0"], [60, 70])
    low, high = wilson_interval(60, 100)
    assert bars.error_y.array[0] == pytest.approx(100 * high - 60)
    assert bars.error_y.arrayminus[0] == pytest.approx(60 - 100 * low)
    assert bars.marker.color == RESIDUAL_COLOURS["light"][0]
    again = named(lesions_figure(benches), "R &lt;b&gt;, recalibrated")
    assert list(again.y) == [80, 85]
    assert again.marker.pattern.shape == "/"


def test_whole_net_and_chance_are_lines_and_a_fixed_block_says_why(benches):
    figure: Any = lesions_figure(benches, theme="dark")
    whole = named(figure, "P, all blocks")
    assert (whole.mode, list(whole.y)) == ("lines", [90, 90])
    assert whole.line.color == PLAIN_COLOURS["dark"][0]
    chance = [trace for trace in figure.data if trace.name == "chance"]
    assert [list(trace.y) for trace in chance] == [[10, 10], [10, 10]]
    assert [trace.showlegend for trace in chance] == [True, False]
    fixed = named(figure, "cannot be removed")
    assert list(fixed.x) == ["stage2.0"]
    assert list(fixed.customdata) == ["It changes the &lt;shape&gt;."]
    assert list(named(figure, "P, as it is").x) == ["stage1.0"]
    assert list(figure.layout.xaxis2.categoryarray) == ["stage1.0", "stage2.0"], "by depth"


def test_curve_begins_with_the_whole_net_and_has_student_s_interval(benches):
    figure = random_lesions_figure(benches)
    curve = named(figure, "P, as it is")
    assert (list(curve.x), list(curve.y)) == ([0, 1], [90, pytest.approx(70)])
    high = min(1.0, mean_interval((0.6, 0.8))[1])
    assert curve.error_y.array[1] == pytest.approx(100 * high - 70)
    assert list(named(figure, "chance").y) == [10, 10]
    again = named(figure, "P, recalibrated")
    assert list(again.x) == [0], "nothing was drawn with that reading"


def test_numbers_are_in_the_csv(benches):
    found = rows(lesions_csv(benches))
    assert len(found) == 2 + 4 + 2 + 2 + 1
    first, fixed = found[0], found[-1]
    assert (first["net"], first["without"], first["accuracy"]) == ("R <b>", "nothing", "0.9")
    assert (fixed["without"], fixed["reason"]) == ("stage2.0", "It changes the <shape>.")
    drawn = rows(random_lesions_csv(benches))
    assert [row["removed"] for row in drawn] == ["stage1.0", "stage2.0"] * 2
    assert [row["accuracy"] for row in drawn[:2]] == ["0.6", "0.8"]
    assert "'=sum()" in lesions_csv({"=sum()": bench(is_plain=False)})
