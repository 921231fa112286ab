"""How hard the embedded set is: a linear classifier, ResNet-20, and plain-56 beside ResNet-56.

    python benchmarks/synthetic_difficulty.py linear
    python benchmarks/synthetic_difficulty.py resnet20 --epochs 10
    python benchmarks/synthetic_difficulty.py depth --steps 200 --batch-size 32 --learning-rate 0.02

The linear classifier is trained for long and with several weight decays, and its best test accuracy
is reported: it is a ceiling, so it may look.  The nets read the test split once, at the end.  Times
are CPU seconds over all threads, because other work may share the machine.
"""

import argparse
import math
import time

import torch
from torch import nn
from torch.nn import functional

from resnet_core.config import DataConfig
from resnet_core.data import DataSet, evaluation_batches, load_dataset, to_device, training_batch
from resnet_core.models import build_model, model_config

WARMUP_SHARE = 0.15
Flat = tuple[torch.Tensor, torch.Tensor]


def main() -> None:
    """Runs one of the three measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("linear", "resnet20", "depth"))
    parser.add_argument("--epochs", type=float, default=10)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    data = load_dataset(DataConfig(source="synthetic"))
    if options.what == "linear":
        measure_linear(data)
    elif options.what == "resnet20":
        steps = math.ceil(options.epochs * data.card.num_train / options.batch_size)
        net = train_net("resnet20", data, steps, options)
        print(f"resnet20 seed {options.seed}: test accuracy {accuracy(net, data, 'test'):.2%}")
    else:
        for name in ("resnet56", "plain56"):
            net = train_net(name, data, options.steps, options)
            print(f"{name}: validation accuracy {accuracy(net, data, 'validation'):.2%}")


def measure_linear(data: DataSet) -> None:
    """Fits softmax regression to the pixels at several weight decays, and to the mean colours."""
    train, test = (_flat(data, part) for part in ("train", "test"))
    results = [_fit_linear(train, test, weight_decay) for weight_decay in (1e-3, 1e-2, 1e-1, 1.0)]
    print(f"linear on pixels, best: test accuracy {max(results):.2%} (n = {data.card.num_test})")
    train, test = (_colour_statistics(*split, data.card.channels) for split in (train, test))
    share = _fit_linear(train, test, 1e-4)
    print(f"linear on each channel's mean, std and products: test accuracy {share:.2%}")


def _fit_linear(train: Flat, test: Flat, weight_decay: float) -> float:
    layer = nn.Linear(train[0].shape[1], int(train[1].max()) + 1)
    nn.init.zeros_(layer.weight)
    optimizer = torch.optim.LBFGS(layer.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        penalty = weight_decay * layer.weight.square().sum()
        loss = functional.cross_entropy(layer(train[0]), train[1]) + penalty
        loss.backward()
        return loss

    optimizer.step(closure)
    shares = [
        (layer(values).argmax(1) == labels).double().mean().item()
        for values, labels in (train, test)
    ]
    print(f"  weight decay {weight_decay:g}: train {shares[0]:.2%}, test {shares[1]:.2%}")
    return shares[1]


def _colour_statistics(images: torch.Tensor, labels: torch.Tensor, channels: int) -> Flat:
    pixels = images.reshape(len(images), channels, -1)
    linear = torch.cat([pixels.mean(2), pixels.std(2)], dim=1)
    products = (linear[:, :, None] * linear[:, None, :]).flatten(1)
    values = torch.cat([linear, products], dim=1)
    return (values - values.mean(0)) / values.std(0), labels


def train_net(name: str, data: DataSet, steps: int, options: argparse.Namespace) -> nn.Module:
    """Trains by SGD with momentum 0.9, warm-up and cosine; prints the loss as it goes."""
    torch.manual_seed(options.seed)
    net = build_model(model_config(name)).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(net.parameters(), momentum=0.9, weight_decay=5e-4, lr=0.1)
    split, started, window = to_device(data.train, "cpu"), time.process_time(), []
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = options.learning_rate * _schedule(step, steps)
        batch = training_batch(
            split,
            data.card,
            DataConfig(),
            seed=options.seed,
            step=step,
            batch_size=options.batch_size,
        )
        optimizer.zero_grad()
        loss = functional.cross_entropy(net(batch.images), batch.labels)
        loss.backward()
        optimizer.step()
        window.append(loss.item())
        if (step + 1) % max(1, steps // 20) == 0:
            seconds, mean = time.process_time() - started, sum(window) / len(window)
            print(
                f"{name} step {step + 1}/{steps}: loss {mean:.3f}, {seconds:.0f} s of CPU",
                flush=True,
            )
            window.clear()
    return net


def accuracy(net: nn.Module, data: DataSet, part: str) -> float:
    """Measures the share of pictures that a net names right."""
    net.eval()
    split, right = to_device(getattr(data, part), "cpu"), 0
    with torch.no_grad():
        for batch in evaluation_batches(split, data.card, 250):
            right += int((net(batch.images).argmax(1) == batch.labels).sum())
    return right / len(split)


def _flat(data: DataSet, part: str) -> Flat:
    batches = list(evaluation_batches(to_device(getattr(data, part), "cpu"), data.card, 1000))
    images = torch.cat([batch.images.flatten(1) for batch in batches])
    return images, torch.cat([batch.labels for batch in batches])


def _schedule(step: int, steps: int) -> float:
    warmup = WARMUP_SHARE * steps
    if step < warmup:
        return (step + 1) / warmup
    return (1 + math.cos(math.pi * (step - warmup) / (steps - warmup))) / 2


if __name__ == "__main__":
    main()
