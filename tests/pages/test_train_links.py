"""An address prepares the form of the Train page, and bad words get a sentence."""

import pytest

from resnet_core.config import ExperimentConfig
from tests.pages.conftest import OpenPage
from tests.pages.train_page import labels, living_worker

pytestmark = [pytest.mark.timeout(900), pytest.mark.usefixtures("no_measuring")]


def _configs(monkeypatch: pytest.MonkeyPatch, at) -> list[ExperimentConfig]:
    """Presses Start, and gives what would have been started."""
    started: list[ExperimentConfig] = []

    def keep(config: ExperimentConfig) -> str:
        started.append(config)
        return "20200101-000000-kept-0000"

    monkeypatch.setattr("pages.ui.train.form.start_experiment", keep)
    next(button for button in at.button if button.label == "Start training").click().run()
    assert not at.exception
    return started


def test_an_address_prepares_the_experiment(open_page: OpenPage, monkeypatch) -> None:
    """All that a teacher chose and nothing else: the session of whoever opens it is a new one."""
    teacher = open_page("train")
    teacher.segmented_control(key="arms_kind").set_value("Any nets").run()
    teacher.multiselect(key="arms_nets").set_value(["resnet26", "plain20"]).run()
    teacher.selectbox(key="recipe").select("fast").run()
    teacher.number_input(key="epochs_fast").set_value(2.5)
    teacher.number_input(key="batch_fast").set_value(64)
    teacher.number_input(key="rate_fast").set_value(0.0125)
    teacher.number_input(key="decay_fast").set_value(0.0002)
    teacher.selectbox(key="schedule_fast").select("cosine")
    teacher.number_input(key="train_seeds").set_value(2)
    teacher.number_input(key="seed").set_value(7)
    teacher.number_input(key="max_train").set_value(512)
    teacher.selectbox(key="device").select("cpu")
    teacher.run()
    address = {key: teacher.query_params[key] for key in teacher.query_params}
    (sent,) = _configs(monkeypatch, teacher)

    (prepared,) = _configs(monkeypatch, open_page("train", **address))

    assert prepared == sent
    assert [arm.model.name for arm in prepared.arms] == ["resnet26", "plain20"]
    training = prepared.training
    assert (training.epochs, training.batch_size, training.schedule) == (2.5, 64, "cosine")
    assert (training.learning_rate, training.weight_decay) == (0.0125, 0.0002)
    assert (prepared.seeds, prepared.seed, prepared.data.max_train) == (2, 7, 512)


def test_an_address_prepares_a_switch(open_page: OpenPage) -> None:
    at = open_page(
        "train",
        arms_kind="one-net-one-switch",
        switch_title="skip-strength",
        switch_values_skip_strength="0.25,1.0",
    )
    assert at.multiselect(key="switch_values_skip_strength").value == [0.25, 1.0]
    assert len(at.table[0].value) == 2
    assert not at.info


def test_nets_of_the_address_train_with_their_twin_or_without(open_page: OpenPage) -> None:
    at = open_page("train", net="resnet20", changes='{"norm":"none"}')
    assert len(at.table[0].value) == 2
    at.toggle(key="twin").set_value(False).run()
    assert at.query_params["twin"] == "off"
    assert len(at.table[0].value) == 1
    next(button for button in at.button if button.label == "Choose other nets").click().run()
    assert "net" not in at.query_params
    assert at.selectbox(key="arms_ready").value
    assert "no net called" in open_page("train", net="resnet9").error[0].value


def test_back_undoes_a_choice_of_the_form(open_page: OpenPage) -> None:
    at = open_page("train")
    assert not at.query_params, "what opens a page writes no entry of its history"
    at.number_input(key="steps_demo").set_value(40).run()
    assert at.query_params["steps_demo"] == "40"
    at.query_params.clear()
    at.run()
    assert at.number_input(key="steps_demo").value == 320


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("recipe", "slow"),
        ("arms_nets", "resnet21"),
        ("data_source", "imagenet"),
        ("rate_demo", "1e999"),
        ("decay_demo", "nan"),
        ("steps_demo", "-3"),
        ("train_seeds", "100"),
        ("seeds_up_to_12", "100"),
        ("device", "tpu"),
    ],
)
def test_a_word_that_the_form_cannot_take_gets_a_sentence(open_page: OpenPage, key, word) -> None:
    kind = {"arms_kind": "any-nets"} if key == "arms_nets" else {}
    at = open_page("train", **kind, **{key: word})
    said = [info.value.replace("\\", "") for info in at.info]
    assert [f"“{word}” as “{key}”" in sentence for sentence in said] == [True]
    assert "Start training" in labels(at)


def test_an_address_of_former_days_says_how_many_seeds(open_page: OpenPage) -> None:
    at = open_page("train", seeds_up_to_12="5")
    assert at.number_input(key="train_seeds").value == 5
    at.number_input(key="train_seeds").set_value(2).run()
    assert at.number_input(key="train_seeds").value == 2
    assert at.query_params["train_seeds"] == "2"


def test_a_prepared_form_is_shown_while_a_run_goes(enter: OpenPage, finished_run: str) -> None:
    with living_worker(finished_run, "training"):
        at = enter("train", recipe="fast")
        assert "run" not in at.query_params
        assert at.selectbox(key="recipe").value == "fast"


def test_what_an_address_cannot_ask_of_a_recipe_is_said_where_it_is_seen(
    open_page: OpenPage,
) -> None:
    absurd = {"rate_demo": "1e9", "steps_demo": "0", "batch_demo": "nan", "seed": "-1"}
    at = open_page("train", **absurd)
    told = [info.value.replace("\\", "") for info in at.info]
    for key, word in absurd.items():
        assert sum(f"“{word}” as “{key}”" in each for each in told) == 1
    folded = [info.value for expander in at.expander for info in expander.info]
    assert not folded
    assert not at.error
