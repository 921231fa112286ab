"""The lesion bench against lesions by hand: blocks dropped in a whole net that is run anew."""

import copy
import dataclasses
import itertools

import numpy as np
import pytest
import torch
from torch import nn

from resnet_core.config import Intervention, block_paths
from resnet_core.data import Batch
from resnet_core.errors import CancelledError, ProbeError
from resnet_core.models import ResNet, apply_interventions, build_model, model_config
from resnet_core.probes import lesion_run
from resnet_core.probes.lesion_plan import removal_counts, removal_reasons
from resnet_core.probes.lesion_run import measure_lesions
from resnet_core.probes.lesions import LesionScore
from resnet_core.shares import newcombe_paired_interval, wilson_interval

NUM_PICTURES, NUM_CALIBRATION = 60, 16


def tiny(name: str = "resnet20", **settings) -> ResNet:
    """A net of one base width, whose batch norms have seen pictures and whose answers differ."""
    model = build_model(model_config(name, stem_width=4, stage_widths=(4, 8, 8), **settings))
    torch.manual_seed(0)
    model.train()
    with torch.no_grad():
        for _ in range(3):
            model(torch.randn(16, 3, 8, 8))
    return model.eval()


def pictures(model: ResNet) -> Batch:
    """Pictures that are labelled as the whole net answers, but for every third."""
    torch.manual_seed(1)
    images = torch.randn(NUM_PICTURES, 3, 8, 8)
    with torch.no_grad():
        labels = model(images).argmax(1)
    labels[::3] = (labels[::3] + 1) % 10
    return Batch(images, labels)


def others() -> torch.Tensor:
    torch.manual_seed(2)
    return torch.randn(NUM_CALIBRATION, 3, 8, 8)


def marks_by_hand(
    model: ResNet, batch: Batch, *paths: str, calibration: torch.Tensor | None = None
) -> np.ndarray:
    """Marks of a copy with dropped blocks, whose norms from the first on are recalibrated if asked.

    Nothing dropped recalibrates all of them.
    """
    own = copy.deepcopy(model)
    drops = [Intervention(what="drop", blocks=path, value=1) for path in paths]
    apply_interventions(own, (*own.interventions, *drops))
    order = ["stem", *block_paths(model.config)]
    behind = order[order.index(paths[0]) :] if paths else order
    with torch.no_grad():
        if calibration is not None:
            for name, module in own.named_modules():
                is_behind = name.startswith((*(f"{path}." for path in behind), "final_norm"))
                if isinstance(module, nn.BatchNorm2d) and is_behind:
                    module.momentum = 1.0
                    module.train()
            own(calibration)
            own.eval()
        return (own(batch.images).argmax(1) == batch.labels).numpy()


@pytest.mark.parametrize("name", ["resnet20", "plain20", "preact_resnet20"])
def test_each_lesion_is_the_one_made_by_hand(name):
    model = tiny(name)
    batch = pictures(model)
    bench = measure_lesions(model, batch, calibration=others())
    whole = marks_by_hand(model, batch)
    assert bench.whole == LesionScore(right=int(whole.sum()), total=NUM_PICTURES)
    assert bench.recalibrated_whole is not None
    again = marks_by_hand(model, batch, calibration=others())
    assert bench.recalibrated_whole.right == again.sum()
    assert [block.path for block in bench.blocks] == list(block_paths(model.config))
    for block in bench.removable:
        by_hand = marks_by_hand(model, batch, block.path)
        assert block.as_is is not None
        assert block.as_is.right == by_hand.sum(), block.path
        assert block.as_is.gained == (by_hand & ~whole).sum(), block.path
        again = marks_by_hand(model, batch, block.path, calibration=others())
        assert block.recalibrated is not None
        assert block.recalibrated.right == again.sum(), block.path
    rights = {block.as_is.right for block in bench.removable if block.as_is}
    assert len(rights) > 1, "lesions that all do the same would prove nothing"


def test_blocks_at_random_are_judged_by_their_own_share_of_the_pictures():
    model, num_draws = tiny(), 3
    batch = pictures(model)
    bench = measure_lesions(model, batch, calibration=others(), num_draws=num_draws, seed=7)
    assert [r.num_removed for r in bench.at_random] == [1, 2, 3, 4, 6, 9]
    seen = set()
    for at_random in bench.at_random[:4]:
        for part, draw in enumerate(at_random.draws):
            share = slice(part * 20, (part + 1) * 20)
            own = Batch(batch.images[share], batch.labels[share])
            assert draw.as_is.total == 20
            assert draw.as_is.right == marks_by_hand(model, own, *draw.removed).sum()
            again = marks_by_hand(model, own, *draw.removed, calibration=others())
            assert draw.recalibrated is not None
            assert draw.recalibrated.right == again.sum()
            seen.add(draw.removed)
    assert len(seen) > 6, "draws differ"
    assert bench == dataclasses.replace(
        measure_lesions(model, batch, calibration=others(), num_draws=num_draws, seed=7),
        elapsed_s=bench.elapsed_s,
    )
    single = measure_lesions(model, batch, calibration=others())
    assert (single.blocks, single.at_random) == (bench.blocks, ())


@pytest.mark.parametrize(
    "name",
    [
        "resnet20",
        "plain20",
        "preact_resnet20",
        "fixup_resnet56",
        "rezero_resnet56",
        "se_resnet20",
        "stochastic_resnet110",
        "densenet40_12",
    ],
)
def test_the_whole_net_passes_block_by_block_as_it_does_at_once(name):
    widths = {} if name == "densenet40_12" else {"stem_width": 4, "stage_widths": (4, 8, 8)}
    model = build_model(model_config(name, **widths), seed=3).eval()
    torch.manual_seed(1)
    images, seen = torch.randn(4, 3, 8, 8), []
    model.classifier.register_forward_hook(lambda module, inputs, output: seen.append(output))
    batch = Batch(images, torch.zeros(4, dtype=torch.int64))
    with torch.no_grad():
        at_once = model(images)
    measure_lesions(model, batch)
    assert torch.equal(seen[-1], at_once)


def test_a_net_is_given_back_as_it_was_even_when_it_is_cancelled():
    model = tiny("preact_resnet20")
    batch = pictures(model)
    apply_interventions(model, [Intervention(what="skip_strength", blocks="stage2", value=0.5)])
    before, standing = copy.deepcopy(model.state_dict()), model.interventions
    reports = itertools.count()

    def cancel(message: str, fraction: float | None = None) -> None:
        if next(reports) == 30:
            raise CancelledError("Stopped.")

    with pytest.raises(CancelledError):
        measure_lesions(model, batch, calibration=others(), num_draws=2, progress=cancel)
    measure_lesions(model, batch, calibration=others(), num_draws=2)
    assert model.interventions == standing
    assert not any(module.training for module in model.modules())
    assert {m.momentum for m in model.modules() if isinstance(m, nn.BatchNorm2d)} == {0.1}
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_lesions_are_of_the_net_as_it_is():
    """Skips that were cut stay cut, and a block that is gone cannot be removed again."""
    model = tiny()
    apply_interventions(
        model,
        [
            Intervention(what="skip_strength", blocks="stage2", value=0),
            Intervention(what="drop", blocks="stage1.1", value=1),
        ],
    )
    batch = pictures(model)
    bench = measure_lesions(model, batch)
    for block in bench.removable:
        assert block.as_is is not None
        assert block.as_is.right == marks_by_hand(model, batch, block.path).sum()
    (gone,) = (block for block in bench.blocks if not block.is_removable)
    assert (gone.path, gone.as_is) == ("stage1.1", None)
    assert gone.reason == "stage1.1 was dropped from this net before."


def test_what_cannot_be_removed_says_why():
    plain = removal_reasons(tiny("plain20"))
    assert [path for path, reason in plain.items() if reason] == ["stage2.0", "stage3.0"]
    assert "changes the shape of its maps and has no shortcut" in plain["stage2.0"]
    assert set(removal_reasons(tiny("resnet20")).values()) == {""}
    dense = build_model(model_config("densenet40_12")).eval()
    batch = Batch(torch.randn(4, 3, 8, 8), torch.zeros(4, dtype=torch.int64))
    bench = measure_lesions(dense, batch, num_draws=2)
    assert (bench.removable, bench.at_random) == ((), ())
    assert all("append maps that all later ones take" in block.reason for block in bench.blocks)


def test_a_net_without_batch_norm_has_one_reading():
    model = build_model(model_config("resnet20", norm="none", stem_width=4, stage_widths=(4, 8, 8)))
    bench = measure_lesions(model.eval(), pictures(model), calibration=others(), num_draws=2)
    assert (bench.num_calibration, bench.readings) == (0, ("as_is",))
    assert bench.recalibrated_whole is None
    assert all(block.recalibrated is None for block in bench.blocks)
    assert bench.at_random[0].mean("recalibrated") is None
    assert bench.at_random[0].interval("recalibrated") is None


def test_progress_grows_to_one():
    told: list[float | None] = []
    model = tiny()
    measure_lesions(
        model,
        pictures(model),
        calibration=others(),
        num_draws=2,
        progress=lambda message, fraction=None: told.append(fraction),
    )
    shares = [share for share in told if share is not None]
    assert len(shares) == len(told)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert shares[len(shares) // 2] < 0.9


def test_a_net_that_diverged_is_refused():
    model = tiny()
    with torch.no_grad():
        model.classifier.weight.fill_(torch.nan)
    with pytest.raises(ProbeError, match="not finite numbers: its weights have diverged"):
        measure_lesions(model, pictures(model))


def test_more_pictures_than_memory_holds_are_refused(monkeypatch):
    monkeypatch.setattr(lesion_run, "PROBE_MEMORY_LIMIT_MIB", 0.01)
    model = tiny()
    with pytest.raises(ProbeError, match=r"take at most 10 pictures"):
        measure_lesions(model, pictures(model))


def test_numbers_of_blocks_at_random_grow_to_all():
    assert removal_counts(27) == (1, 2, 3, 4, 6, 9, 14, 21, 27)
    assert removal_counts(1) == (1,)
    assert removal_counts(0) == ()


def test_a_score_knows_how_far_chance_reaches():
    whole, less = LesionScore(right=90, total=100), LesionScore(right=60, gained=4, total=100)
    assert less.accuracy == 0.6
    assert less.interval_95 == wilson_interval(60, 100)
    assert less.lost_interval(whole) == newcombe_paired_interval((90, 60), (34, 4), 100)
