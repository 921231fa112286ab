"""Every number of docs/gradient-flow.md, measured anew.

    python -m benchmarks.gradient_facts

About five minutes on one core.  Gradients at initialisation are means over five seeds with 32
synthetic pictures each, as the page and `python -m resnet_core gradients` have them.
"""

import torch

from resnet_core.checkpoints import find_checkpoint, load_checkpoint
from resnet_core.config import ModelConfig
from resnet_core.models import model_config
from resnet_core.probes.batches import BatchSpec, draw_batch
from resnet_core.probes.cells import describe_cell
from resnet_core.probes.gradients import measure_gradients, measure_nets
from resnet_core.probes.mean_field import BATCH_NORM_FACTOR
from resnet_core.probes.path_lengths import measure_path_lengths
from resnet_core.probes.shattering import measure_shattering
from resnet_core.probes.sweep import measure_alpha_sweep
from resnet_core.probes.verdict import judge
from resnet_core.stored.gradients import COARSE_ALPHAS, COARSE_DEPTHS
from resnet_core.training.first_steps import measure_first_steps
from resnet_core.training.first_steps_words import first_steps_sentence

_BATCH = BatchSpec(num_pictures=32)
_PAIR = ("resnet56", "plain56")


def tell_cells() -> None:
    """The 2 x 2 of skips and batch norm, and what smaller weights change."""
    for settings in (
        {"norm": "batch"},
        {"norm": "none"},
        {"norm": "none", "initialisation": "xavier"},
    ):
        nets = [model_config(name, **settings) for name in _PAIR]
        for profile in measure_nets(nets, batch=_BATCH, seeds=range(5), num_workers=1):
            print(f"{profile.config.name}, {settings}: {describe_cell(profile)}")
            for quantity in ("outputs", "weights"):
                verdict = judge(profile, quantity)
                print(f"    {quantity}: {verdict.sentence} {verdict.theory_sentence}", flush=True)


def tell_tower() -> None:
    """A plain net of one width and 100 layers with batch norm, as the theory has it."""
    tower = ModelConfig(
        name="tower100", stage_blocks=(49,), stage_widths=(64,), stem_width=64, skip_strength=0.0
    )
    spec = BatchSpec(kind="noise", num_pictures=128, noise_size_px=1)
    verdict = judge(measure_gradients(tower, batch=spec, seeds=range(3)), "outputs")
    print(f"tower of 100 layers: {verdict.sentence} Theory: ×{BATCH_NORM_FACTOR:.3f}.", flush=True)


def tell_first_steps() -> None:
    """First over last weight gradient in the first 30 steps, three seeds."""
    nets = measure_first_steps([model_config(name) for name in _PAIR], batch=_BATCH, num_workers=1)
    print(first_steps_sentence(nets))
    for step in (1, 2, 3, 5, 8, 11, 16, 20, 25, 30):
        said = [factor.words for net in nets if (factor := net.at(step)) is not None]
        print(f"    step {step}: {', '.join(said)}", flush=True)


def tell_sweep() -> None:
    """Skip strength and depth together."""
    for norm in ("batch", "none"):
        sweep = measure_alpha_sweep(
            model_config("resnet56", norm=norm),
            depths=COARSE_DEPTHS,
            alphas=COARSE_ALPHAS,
            batch=_BATCH,
            seeds=range(5),
            num_workers=1,
        )
        half = sweep.factor("outputs", -1, sweep.alphas.index(0.5))
        said = "no finite number" if half is None else half.words
        print(f"sweep, norm {norm}: {sweep.sentence('outputs')} At 0.5: {said}.", flush=True)


def tell_paths() -> None:
    """Paths of the shipped ResNet-56."""
    trained, card = load_checkpoint(find_checkpoint("resnet56-synthetic"))
    batch = draw_batch(
        card.model, BatchSpec(num_pictures=4), seed=0, normalisation=(card.mean, card.std)
    )
    paths = measure_path_lengths(trained, batch, num_samples=16)
    print(f"paths, {card.name}: {paths.sentence}", flush=True)


def tell_shattering() -> None:
    """Autocorrelation of the input gradient along a line."""
    for name in _PAIR:
        found = measure_shattering(model_config(name), batch=_BATCH, seeds=range(5))
        print(f"shattering, {name}: {found.sentence}", flush=True)


def main() -> None:
    """Measures and prints everything, on one thread."""
    torch.set_num_threads(1)
    tells = (tell_cells, tell_tower, tell_sweep, tell_paths, tell_shattering, tell_first_steps)
    for tell in tells:
        tell()


if __name__ == "__main__":
    main()
