"""Claims about speed, memory and steadiness: measured once, by commands that take long."""

from benchmarks.claims.claim import Claim
from benchmarks.claims.patterns import cell

_BENCHMARKS, _SYNTHETIC = "docs/benchmarks.md", "docs/synthetic.md"


def _measured(
    claim: str, pattern: str, command: str, n: str, date: str, where: str = _BENCHMARKS
) -> Claim:
    return Claim(
        claim=claim,
        where=where,
        pattern=pattern,
        command=f"python -m benchmarks.{command}",
        n=n,
        date=date,
    )


_PAGES = (
    *("Home", "Train", "Runs", "Scoreboard", "Gradient flow", "Feature maps"),
    *("Classify", "Where it looks", "Architecture"),
)
_METHODS = ("Grad-CAM", "Grad-CAM++", "HiResCAM", "Layer-CAM", "Guided backprop")

SPEED_CLAIMS: tuple[Claim, ...] = (
    _measured(
        "speed of a step with full telemetry over a bare loop, batch 64",
        r"median ([\d.]+), quartiles 0\.954",
        "telemetry_overhead --batch-size 64 --pairs 20 --threads 1 --cpu-time",
        "20 pairs of 10 steps",
        "2026-11-24",
    ),
    _measured(
        "the same at batch 32",
        r"at batch 32 \| median ([\d.]+)",
        "telemetry_overhead --batch-size 32 --pairs 12 --threads 1 --cpu-time",
        "12 pairs of 10 steps",
        "2026-11-24",
    ),
    _measured(
        "states kept for forks, of the time that the demo trains, %",
        r"which keeps 18 \| ([\d.]+) %",
        "kept_states",
        "30 steps, 15 states",
        "2026-11-28",
    ),
    *(
        _measured(
            f"speed of a training step over the loop of {loop}",
            rf"the loop of {loop}/[^|]*\| ([\d.]+) \(",
            "train_throughput --pairs 6",
            "6 pairs of 10 steps",
            "2026-11-24",
        )
        for loop in ("akamaster", "kuangliu")
    ),
    _measured(
        "the same in CPU time, akamaster",
        r"load average 9\): ([\d.]+) \(",
        "train_throughput --pairs 8 --cpu-time --threads 1",
        "8 pairs",
        "2026-11-24",
    ),
    _measured(
        "the same in CPU time, kuangliu",
        r"n = 8 pairs, and ([\d.]+) \(",
        "train_throughput --pairs 8 --cpu-time --threads 1",
        "6 pairs",
        "2026-11-24",
    ),
    _measured(
        "speed of a step in bfloat16 over float32 on a CPU without instructions for it, batch 32",
        r"a speed ratio of ([\d.]+) \(quartiles 0\.095",
        "precision --net resnet20 --batch-size 32 --steps 1 --pairs 8 --threads 1 --cpu-time",
        "8 pairs of 1 step",
        "2026-11-28",
    ),
    *(
        _measured(
            f"a new page beside a run that is {state}, median s",
            cell(state, 1, after="click to the new page's title"),
            "page_latency --pairs 6",
            "24 changes",
            "2026-11-24",
        )
        for state in ("paused", "training")
    ),
    _measured(
        "white pages in 60 presses and 200 page changes",
        r"(\d+) white pages",
        "page_changes --presses 60 --changes 200 --seconds 30 --busy-loops 0 --json",
        "60 presses, 200 changes",
        "2026-11-28",
    ),
    *(
        _measured(
            f"50 sessions on {page}: 95 % of reruns within, s",
            cell(page, 1, after="95 % of reruns within"),
            "sessions --sessions 50 --seconds 6 --json",
            "1 run, more than 120 reruns",
            "2026-11-28",
        )
        for page in _PAGES
    ),
    _measured(
        "growth of the server's memory in two hours, %",
        cell("server", 3),
        "soak --hours 2 --sessions 10 --think 15 45 --json",
        "1 run of 2 hours",
        "2026-11-28",
    ),
    *(
        _measured(
            f"classifying over ImageFolder, DataLoader with {workers}",
            cell(workers, 3),
            "classify_throughput --pictures 1000 --threads 2 --repeats 5",
            "5 turns",
            "2026-11-24",
        )
        for workers in ("no worker", "2 workers")
    ),
    _measured(
        "from a JPEG of 12 megapixels to the answer, median ms",
        r"median \*\*(\d+) ms",
        "upload_latency --uploads 20",
        "20 uploads",
        "2026-11-24",
    ),
    _measured(
        "storing 1,000 steps, the last of 200,000 over the first",
        r"over the first \| ([\d.]+) x",
        "history_cost --steps 200000",
        "1 run",
        "2026-11-24",
    ),
    *(
        _measured(
            f"a run of {steps} steps from request to heatmaps, first visit, s",
            rf"\| {steps} steps[^|]*\| ([\d.]+) s",
            f"open_long_run --steps {steps.replace(',', '')} --repeats 5",
            "1 visit",
            "2026-11-24",
        )
        for steps in ("200,000", "1,000")
    ),
    *(
        _measured(
            f"Grad-CAM's time over torch-cam's, {turn} time",
            cell(turn, 1, after="our time over torch-cam's"),
            "cam_latency --pairs 200 --threads 1",
            "200 pairs",
            "2026-11-24",
        )
        for turn in ("first", "second", "third")
    ),
    *(
        _measured(
            f"{method}, ResNet-18 at 224 px, ms",
            cell(method, 1, after="| method | time |"),
            "cam_latency --all-methods",
            "median of 3",
            "2026-11-24",
        )
        for method in _METHODS
    ),
    _measured(
        "all feature maps of ResNet-56 measured and drawn, median ms",
        r"207 KiB: median (\d+) ms",
        "feature_maps --runs 20",
        "20 runs",
        "2026-11-24",
    ),
    _measured(
        "softmax regression on the pixels of the synthetic set, best of 4, % right",
        r"\*\*([\d.]+) %\*\* test accuracy \(11",
        "synthetic_difficulty linear",
        "2,000 pictures",
        "2026-11-23",
        _SYNTHETIC,
    ),
    _measured(
        "softmax regression on means and deviations of the channels, % right",
        r"products \| `linear` \| ([\d.]+) %",
        "synthetic_difficulty linear",
        "2,000 pictures",
        "2026-11-23",
        _SYNTHETIC,
    ),
    _measured(
        "ResNet-20 on the synthetic set after 10 epochs, % right",
        r"\| \*\*([\d.]+) %\*\* test accuracy, 380 s",
        "synthetic_difficulty resnet20 --epochs 10",
        "2,000 pictures, 1 seed",
        "2026-11-23",
        _SYNTHETIC,
    ),
    *(
        _measured(
            f"{net} after 150 steps of 32 synthetic pictures, validation, % right",
            rf"{key}[^*]*\*\*([\d.]+) %\*\* validation",
            "synthetic_difficulty depth --steps 150 --batch-size 32 --learning-rate 0.02",
            "1,000 pictures, 1 seed",
            "2026-11-23",
            _SYNTHETIC,
        )
        for net, key in (("ResNet-56", "ResNet-56, 150 steps"), ("plain-56", "plain-56, the same"))
    ),
)
