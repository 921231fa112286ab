"""The report of a run says what was measured, and nothing else."""

import dataclasses
import json

import pytest
from typer.testing import CliRunner

from resnet_core.cli import app
from resnet_core.comparing.comparison import WINDOW
from resnet_core.comparing.verdict import judge_run
from resnet_core.data import DataCard
from resnet_core.data.source import LeftOut
from resnet_core.edits import Edit
from resnet_core.edits.log import append_to_log
from resnet_core.errors import RunError
from resnet_core.run_report import report_run, time_sentence
from resnet_core.runs.pictures import record_pictures
from resnet_core.runs.status import read_config, read_status, rename_run, run_dir, write_state
from resnet_core.runs.status import read_state as read_worker_state
from resnet_core.runs.store import MetricsWriter
from tests.comparing.measured_runs import write_run
from tests.training.conftest import home  # noqa: F401 - a fixture

RIGHT, WRONG = [True, True, True, False], [False, False, True, False]


def finished(first: list[bool], second: list[bool]) -> str:
    """A run whose nets were right on those validation pictures, and tested likewise."""
    losses = {"residual": [0.5] * WINDOW, "plain": [2.3] * WINDOW}
    answers = {"residual": {WINDOW: first}, "plain": {WINDOW: second}}
    folder = write_run(losses, answers=answers)
    writer = MetricsWriter(folder)
    with writer.transaction():
        layout = {"layers": ["stem"], "positions": {}}
        writer.write_meta("arms", [{"label": name} | layout for name in losses])
        for arm, marks in enumerate((first, second)):
            share = sum(marks) / len(marks)
            writer.add_evaluation(WINDOW, arm, "test", loss=1.0, accuracy=share)
    writer.close()
    return folder.name


@pytest.mark.parametrize(("first", "second"), [(RIGHT, WRONG), (WRONG, RIGHT)])
def test_report_has_the_verdict_and_what_each_net_got_right(home, first, second):  # noqa: F811
    run_id = finished(first, second)
    report = report_run(run_id)
    assert report.verdict == judge_run(read_status(run_id)).sentence
    assert [(net.label, net.test_accuracy) for net in report.results] == [
        ("residual", sum(first) / 4),
        ("plain", sum(second) / 4),
    ]
    text = report.to_markdown()
    assert f"| residual | {sum(first) / 4:.1%} | {sum(first) / 4:.1%} |".replace("%", " %") in text
    assert f"| plain | {sum(second) / 4:.1%} | {sum(second) / 4:.1%} |".replace("%", " %") in text


def test_report_lists_what_was_changed(home):  # noqa: F811
    run_id = finished(RIGHT, WRONG)
    assert "Changed while it trained" not in report_run(run_id).to_markdown()
    cut = Edit(
        number=1,
        step=9,
        arm="residual",
        what="skip_strength",
        blocks="stage2",
        before=1.0,
        after=0.0,
    )
    rate = dataclasses.replace(
        cut, number=2, step=12, arm=None, blocks=None, what="learning_rate", after=0.01
    )
    for edit in (cut, rate):
        append_to_log(run_dir(run_id), edit)
    said = (
        "After step 9, residual: the skips of stage 2 were cut.",
        "After step 12, all nets: the learning rate was set to 0.01.",
    )
    report = report_run(run_id)
    assert report.edits == said
    assert f"## Changed while it trained\n\n- {said[0]}\n- {said[1]}" in report.to_markdown()


def test_report_names_what_was_left_out_of_the_pictures(home):  # noqa: F811
    run_id = finished(RIGHT, WRONG)
    assert report_run(run_id).left_out == ()
    assert "Left out of the pictures" not in report_run(run_id).to_markdown()
    beside = LeftOut(what="seg_pred", count=9, why="is named as pictures without labels")
    card = DataCard(
        **dict.fromkeys(("name", "title", "sha256", "provenance"), ""),
        **dict.fromkeys(("num_train", "num_validation", "num_test", "image_size_px"), 8),
        class_names=("a", "b"),
        channels=3,
        mean=(0.5,) * 3,
        std=(0.5,) * 3,
        skipped=(("a/1.png", "'a/1.png' is empty."),),
        num_skipped=5,
        left_out=(beside,),
    )
    record_pictures(run_dir(run_id), card)
    named = LeftOut(what="a/1.png", count=1, why="is empty")
    rest = LeftOut(what="further pictures", count=4, why="cannot be read")
    report = report_run(run_id)
    assert report.left_out == (beside, named, rest)
    assert "| seg\\_pred | 9 | is named as pictures without labels |" in report.to_markdown()
    (run_dir(run_id) / "pictures.json").write_text("{}")
    assert report_run(run_id).left_out == ()


def test_accuracy_of_an_earlier_step_is_not_the_result(home):  # noqa: F811
    losses = {"residual": [0.5] * WINDOW, "plain": [2.3] * WINDOW}
    run_id = write_run(losses, answers={"residual": {3: RIGHT}, "plain": {3: WRONG}}).name
    assert [net.validation_accuracy for net in report_run(run_id).results] == [None, None]
    assert "| residual | – | – |" in report_run(run_id).to_markdown()


def test_report_tells_settings_in_the_words_of_the_form(home):  # noqa: F811
    settings = dict(report_run(finished(RIGHT, WRONG)).settings)
    assert settings["Seed"] == "3"
    assert settings["Batch size"] == "8"
    assert settings["Optimizer"] == "SGD"
    assert settings["Steps"] == "12"
    assert not {"Epochs", "Milestones"} & settings.keys(), "they have no say in this run"


def test_time_is_that_of_the_run_and_of_no_other(home):  # noqa: F811
    run_id = finished(RIGHT, WRONG)
    status, config = read_status(run_id), read_config(run_id)
    assert time_sentence(status, config, None) == "20 steps of 8 pictures took 2 s of training."
    longer = dataclasses.replace(status, step=1500, elapsed_s=3600.0, device="a card")
    assert time_sentence(longer, config, None) == (
        "1,500 steps of 8 pictures took 3,600 s of training on a card."
    )


def test_run_that_is_not_finished_has_no_report(home):  # noqa: F811
    folder = write_run({"residual": [1.0], "plain": [1.0]})
    write_state(folder, dataclasses.replace(read_worker_state(folder), phase="stopped"))
    with pytest.raises(RunError, match="is stopped"):
        report_run(folder.name)


def test_command_prints_the_document_or_its_parts(home):  # noqa: F811
    run_id = finished(RIGHT, WRONG)
    rename_run(run_id, "a | b *c*")
    said = CliRunner().invoke(app, ["report", run_id])
    assert said.output.strip() == report_run(run_id).to_markdown().strip()
    assert said.output.startswith("# What this run showed: a \\| b \\*c\\*")
    parts = json.loads(CliRunner().invoke(app, ["report", run_id, "--json"]).output)
    assert parts["verdict"] == report_run(run_id).verdict
    assert parts["results"][0]["test_accuracy"] == 0.75
