"""A frozen body stays as it was to the last bit, and resuming changes no bit of what is learned."""

import dataclasses

import pytest
import torch

from resnet_core.config import (
    BODY,
    FROZEN_BODY,
    ArmConfig,
    ExperimentConfig,
    Intervention,
    config_from_json,
    config_to_json,
    fingerprint,
    standing_interventions,
)
from resnet_core.edits import Edit
from resnet_core.errors import CheckpointError, ConfigError
from resnet_core.models import build_model, learns_by_classifier_alone
from resnet_core.training.cards import build_card
from resnet_core.training.kept_features import FeatureKeeper
from resnet_core.training.live_edits import apply_due_edits
from resnet_core.training.state import load_state, save_state
from tests.inference.conftest import save_tiny
from tests.teaching.conftest import (
    body_of,
    frozen,
    lockstep_of,
    start_of,
    teaching,
    train,
    weights_of_trained,
)
from tests.training.conftest import tiny_experiment, tiny_model


def equal(first: dict, second: dict) -> bool:
    return first.keys() == second.keys() and all(
        torch.equal(value, second[key]) for key, value in first.items()
    )


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_a_frozen_body_stays_bit_for_bit_and_the_head_is_new(trained, optimizer):
    lockstep = lockstep_of(frozen(trained, optimizer=optimizer))
    model = lockstep.arms[0].model
    first = build_model(model.config, seed=3).classifier.weight
    assert torch.equal(model.classifier.weight, first)
    assert learns_by_classifier_alone(model)
    after = train(lockstep)
    assert equal(body_of(after), body_of(weights_of_trained(trained)))
    assert not torch.equal(after["classifier.weight"], first)
    assert after["classifier.weight"].shape == (3, 8)


def test_a_whole_net_learns_in_every_layer(trained):
    lockstep = lockstep_of(teaching(trained))
    before = weights_of_trained(trained)
    state = lockstep.arms[0].model.state_dict()
    assert equal(body_of(state), body_of(before))
    after = train(lockstep)
    assert not any(
        torch.equal(value, before[key]) for key, value in after.items() if "weight" in key
    )
    assert not torch.equal(after["stem.norm.running_mean"], before["stem.norm.running_mean"])


def test_kept_features_teach_what_whole_pictures_teach(trained, monkeypatch):
    kept = train(lockstep_of(frozen(trained)))
    monkeypatch.setattr(FeatureKeeper, "may_keep", lambda *_: False)
    seen = train(lockstep_of(frozen(trained)))
    assert equal(body_of(kept), body_of(seen))
    torch.testing.assert_close(kept["classifier.weight"], seen["classifier.weight"])


def test_features_are_computed_once(trained, monkeypatch):
    lockstep = lockstep_of(frozen(trained, statistics_every=1000))
    model, passes = lockstep.arms[0].model, []
    pooled = model.pooled
    monkeypatch.setattr(model, "pooled", lambda x: (passes.append(len(x)), pooled(x))[1])
    told = []
    lockstep.keep_features(lambda message, fraction=None: told.append((message, fraction)))
    assert sum(passes) == 40 + 16
    assert told[-1] == ("Asking the frozen body about 16 of 16 pictures, once.", 1.0)
    train(lockstep)
    lockstep.evaluate("validation")
    assert sum(passes) == 40 + 16 + 8  # the first step is looked into, as of every run


@pytest.mark.parametrize("cut", [1, 5, 7])
@pytest.mark.parametrize("is_frozen", [True, False])
def test_a_resumed_run_ends_with_the_same_bits(trained, tmp_path, cut, is_frozen):
    config = frozen(trained) if is_frozen else teaching(trained)
    whole = train(lockstep_of(config))
    first = lockstep_of(config)
    train(first, cut)
    save_state(tmp_path, first)
    second = lockstep_of(config)
    assert load_state(tmp_path, second)
    assert equal(train(second), whole)


def script(*edits: tuple[int, str, float]) -> tuple[Edit, ...]:
    return tuple(
        Edit(
            number=number,
            step=step,
            arm="taught",
            what="freeze",
            blocks=blocks,
            before=None,  # by its name in Python
            after=value,
        )
        for number, (step, blocks, value) in enumerate(edits, start=1)
    )


def train_with(config: ExperimentConfig, edits: tuple[Edit, ...], folder=None, cut: int = 0):
    lockstep = lockstep_of(config)
    lockstep.changes.script = edits
    if folder is not None:
        load_state(folder, lockstep)
    while not lockstep.is_done and not (cut and lockstep.step == cut):
        apply_due_edits(lockstep)
        lockstep.advance()
        lockstep.drain()
    return lockstep, {k: v.clone() for k, v in lockstep.arms[0].model.state_dict().items()}


def test_thawing_a_stage_teaches_it_and_freezing_it_again_keeps_what_it_learned(trained, tmp_path):
    edits = script((3, "stage2", 0.0), (7, BODY, 1.0))
    config, before = frozen(trained), weights_of_trained(trained)
    lockstep, after = train_with(config, edits)
    moved = {k.split(".")[0] for k, v in after.items() if not torch.equal(v, before[k])}
    assert moved == {"stage2", "classifier"}
    assert learns_by_classifier_alone(lockstep.arms[0].model)
    for cut in (2, 5, 9):
        first, _ = train_with(config, edits, cut=cut)
        save_state(tmp_path, first)
        assert equal(train_with(config, edits, tmp_path)[1], after)


def test_thawing_the_body_lets_all_of_it_learn(trained):
    lockstep, after = train_with(frozen(trained), script((2, BODY, 0.0)))
    before = weights_of_trained(trained)
    assert not torch.equal(after["stem.conv.weight"], before["stem.conv.weight"])
    assert not lockstep.arms[0].model.frozen_blocks
    card = build_card(lockstep.arms[0], lockstep, 12, "run", lockstep.changes.done)
    assert card.interventions == ()


def test_a_card_says_what_holds_and_where_the_net_comes_from(trained):
    lockstep = lockstep_of(frozen(trained))
    card = build_card(lockstep.arms[0], lockstep, 0, "run", ())
    assert card.interventions == (FROZEN_BODY,)
    assert card.source == f"run run, begun from {trained.name}, its body frozen at first"
    assert (card.mean, card.std) == ((0.4, 0.5, 0.6), (0.2, 0.25, 0.3))


def test_standing_interventions_name_what_was_thawed_of_a_body():
    model = tiny_model()
    thawed = Intervention(what="freeze", blocks="stage2", value=0)
    assert standing_interventions(model, (FROZEN_BODY, thawed)) == (FROZEN_BODY, thawed)
    blocks = Intervention(what="freeze", value=1)
    assert standing_interventions(model, (blocks,)) == (blocks,)
    back = Intervention(what="freeze", blocks=BODY, value=0)
    assert standing_interventions(model, (FROZEN_BODY, back)) == ()


def test_arms_with_and_without_a_trained_net_train_side_by_side(trained):
    config = frozen(trained)
    other = ArmConfig(label="first weights", model=config.arms[0].model)
    lockstep = lockstep_of(dataclasses.replace(config, arms=(*config.arms, other)))
    alone = train(lockstep_of(config))
    assert equal(train(lockstep), alone)
    assert lockstep.arms[1].stopped is None


def test_configurations_without_a_trained_net_read_and_are_named_as_before(trained):
    former = tiny_experiment()
    assert "start" not in config_to_json(former)
    assert config_from_json(ExperimentConfig, config_to_json(former)) == former
    assert fingerprint(former) == "6d7686067ca0f515"
    begun = frozen(trained)
    assert config_from_json(ExperimentConfig, config_to_json(begun)) == begun
    assert fingerprint(begun) != fingerprint(teaching(trained))


def test_nets_of_other_normalisations_share_no_run(trained, tmp_path):
    other = save_tiny(tmp_path / "nets", "other", mean=(0.1, 0.1, 0.1))
    config = frozen(trained)
    arm = ArmConfig(label="other", model=config.arms[0].model, start=start_of(other))
    with pytest.raises(ConfigError, match="normalised alike"):
        dataclasses.replace(config, arms=(*config.arms, arm))


def test_other_weights_or_another_net_are_refused(trained, tmp_path):
    config = frozen(trained)
    (arm,) = config.arms
    assert arm.start is not None
    start = dataclasses.replace(arm.start, weights_sha256="0" * 64)
    changed = dataclasses.replace(config, arms=(dataclasses.replace(arm, start=start),))
    with pytest.raises(CheckpointError, match="other weights than when this run was asked for"):
        lockstep_of(changed)
    wide = dataclasses.replace(arm, model=tiny_model(stem_width=8, stage_widths=(8, 16)))
    with pytest.raises(CheckpointError, match="another net than this run's tiny"):
        lockstep_of(dataclasses.replace(config, arms=(wide,)))
    trained.unlink()
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        lockstep_of(config)
