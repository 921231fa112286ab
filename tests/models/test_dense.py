# torch types a net's parts as `Tensor | Module`, whatever they are.
# pyright: reportCallIssue=false
"""Dense nets against the paper's sizes, a closed form, torchvision, and the rule they follow."""

import pytest
import torch

from resnet_core.config import DENSE_SETTINGS, ModelConfig
from resnet_core.errors import ConfigError
from resnet_core.models import build_model, has_twin, measure_cost, model_config
from resnet_core.models.dense import DenseBlock
from resnet_core.models.outline import outline_net
from resnet_core.models.trace import trace_operations

TINY = {"stage_blocks": (2, 3), "stage_widths": (4, 4), "stem_width": 8}


def tiny(**changes):
    return model_config("densenet_bc100_12", **(TINY | changes))


def pictures(count=2, side_px=16):
    return torch.randn(count, 3, side_px, side_px, generator=torch.Generator().manual_seed(0))


def closed_form(config: ModelConfig, stem_kernel_px: int) -> int:
    """Parameters of a dense net with batch norm, added up from the paper's description alone."""
    channels = config.stem_width
    total = 3 * channels * stem_kernel_px**2 + (2 * channels if stem_kernel_px == 7 else 0)
    for stage, (count, growth) in enumerate(
        zip(config.stage_blocks, config.stage_widths, strict=True)
    ):
        if stage:
            kept = int(channels * config.compression)
            total, channels = total + 2 * channels + channels * kept, kept
        for _ in range(count):
            if config.block == "dense":
                total += 2 * channels + 9 * channels * growth
            else:
                wide = 4 * growth
                total += 2 * channels + channels * wide + 2 * wide + 9 * wide * growth
            channels += growth
    return total + 2 * channels + channels * config.num_classes + config.num_classes


@pytest.mark.parametrize(
    ("name", "parameters", "millions"),
    [("densenet40_12", 1_019_722, 1.0), ("densenet_bc100_12", 769_162, 0.8)],
)
def test_cifar_densenets_have_the_papers_size(name, parameters, millions):
    # Huang et al. 2017, table 2.
    config = model_config(name)
    assert measure_cost(config, 32).parameters == parameters == closed_form(config, 3)
    assert round(parameters / 1e6, 1) == millions


def test_densenet121_has_torchvisions_parameters():
    config = model_config("densenet121", num_classes=1000)
    assert measure_cost(config, 224).parameters == 7_978_856 == closed_form(config, 7)


@pytest.mark.parametrize(("compression", "block"), [(1.0, "dense"), (0.7, "dense_bottleneck")])
def test_changed_densenet_has_the_closed_forms_parameters(compression, block):
    config = tiny(compression=compression, block=block)
    assert measure_cost(config, 32).parameters == closed_form(config, 3)


def test_channels_grow_by_k_and_are_compressed_between_stages():
    # Huang et al. 2017, table 1: 64, then 256, 512, 1024 and 1024 channels leave the stages.
    assert model_config("densenet121").stage_channels == (256, 512, 1024, 1024)
    assert model_config("densenet40_12").stage_channels == (160, 304, 448)


def test_block_hands_on_its_input_and_appends_what_it_made():
    block = DenseBlock(tiny(), 8, 4).eval()
    x = torch.randn(2, 8, 6, 6)
    out = block(x)
    assert out.shape == (2, 12, 6, 6)
    assert torch.equal(out[:, :8], x)
    inner = block.conv1(block.act1(block.norm1(x)))
    assert torch.equal(out[:, 8:], block.conv2(block.act2(block.norm2(inner))))


def test_every_block_sees_what_all_before_it_made():
    model = build_model(tiny(norm="none")).eval()
    caught = {}
    for index in range(3):
        model.get_submodule(f"stage2.{index}.concat").register_forward_hook(
            lambda module, inputs, output, index=index: caught.update({index: (inputs, output)})
        )
    model(pictures())
    for index in (1, 2):
        assert torch.equal(caught[index][0][0], caught[index - 1][1])
    first_new = caught[0][0][1]
    assert torch.equal(caught[2][1][:, -12:-8], first_new)


def test_trace_shows_concatenations_and_no_addition():
    operations = trace_operations(model_config("densenet40_12"), 32)
    kinds = [operation.kind for operation in operations]
    assert (kinds.count("concat"), kinds.count("add")) == (36, 0)
    concat = next(o for o in operations if o.path == "stage2.1.concat")
    assert concat.inputs == ("stage2.0.concat", "stage2.1.conv1")
    assert concat.output.channels == 160 + 2 * 12


def test_densenet121_folds_to_nine_sections():
    sections = outline_net(model_config("densenet121"), 224)
    assert [(section.title, section.count) for section in sections] == [
        ("Stem", 1),
        ("Stage 1, blocks 1-6", 6),
        ("Stage 2, transition", 1),
        ("Stage 2, blocks 1-12", 12),
        ("Stage 3, transition", 1),
        ("Stage 3, blocks 1-24", 24),
        ("Stage 4, transition", 1),
        ("Stage 4, blocks 1-16", 16),
        ("Head", 1),
    ]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("activation_order", "post"),
        ("shortcut", "B"),
        ("skip_kind", "constant"),
        ("skip_strength", 0.0),
        ("branch_scale", "rezero"),
        ("stochastic_depth", 0.5),
        ("squeeze_reduction", 16),
        ("zero_gamma", True),
    ],
)
def test_setting_of_residual_blocks_is_refused_with_what_to_do(setting, value):
    with pytest.raises(ConfigError, match=f"set {setting} to {DENSE_SETTINGS[setting]}"):
        tiny(**{setting: value})


def test_every_setting_that_a_dense_net_lacks_is_one_of_a_config():
    usual = ModelConfig(name="x")
    assert all(hasattr(usual, name) for name in DENSE_SETTINGS)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("densenet121", {"compression": 0.0}, "above 0 and up to 1"),
        ("resnet20", {"compression": 0.5}, "take block dense or dense_bottleneck"),
        ("densenet121", {"groups": 2}, "take block bottleneck"),
    ],
)
def test_impossible_dense_net_is_refused(name, changes, message):
    with pytest.raises(ConfigError, match=message):
        model_config(name, **changes)


def test_dense_net_has_no_twin():
    assert not has_twin(model_config("densenet121"))


def test_maps_of_one_pixel_are_not_halved():
    with pytest.raises(ConfigError, match="Take larger pictures"):
        build_model(tiny())(pictures(side_px=1))


@pytest.mark.parametrize("changes", [{}, {"stem": "imagenet"}, {"stem": "deep"}, {"norm": "none"}])
def test_stem_that_pools_is_rectified_first(changes):
    model = build_model(tiny(**changes))
    names = [name for name, _ in model.stem.named_children()]
    assert ("pool" in names) == ("act" in names or "act3" in names) == ("stem" in changes)
    assert model(pictures()).isfinite().all()
