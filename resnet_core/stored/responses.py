"""The stored layer responses, with which that view of Gradient flow opens."""

from collections.abc import Sequence
from dataclasses import asdict

from resnet_core.asking import NetSource
from resnet_core.checkpoints import (
    CheckpointCard,
    find_checkpoint,
    list_checkpoints,
    load_checkpoint,
)
from resnet_core.data.synthetic import synthetic_source
from resnet_core.models import net_label
from resnet_core.probes.batches import BatchSpec, draw_batch
from resnet_core.probes.responses import LayerResponses, measure_layer_responses
from resnet_core.progress import Progress
from resnet_core.stored.files import StoredQuestion
from resnet_core.stored.gradients import NET_CODE, PICTURE_CODE
from resnet_core.stored.plan import Storable

RESPONSES = "gradient_responses"
RESPONSE_PICTURES = 128
MAX_NETS = 6

_BATCH = BatchSpec(num_pictures=RESPONSE_PICTURES)


def responses_question(sources: Sequence[NetSource], batch: BatchSpec) -> StoredQuestion:
    """Asks for trained nets, named by key and title, on pictures."""
    return {
        "nets": [{"key": source.key, "title": source.title} for source in sources],
        "batch": asdict(batch),
    }


def shipped_source(card: CheckpointCard) -> NetSource:
    """Describes a shipped net by its weights and by what it learned."""
    return NetSource(
        title=f"{net_label(card.model.name)}, {card.data_title}",
        key=card.weights_sha256,
        path=find_checkpoint(card.name),
        step=card.step,
    )


def alike_sources() -> tuple[NetSource, ...]:
    """Nets that are fair to compare at first sight: those shipped for the embedded data set."""
    title = synthetic_source().title
    alike = [card for card in list_checkpoints() if card.data_title == title]
    return tuple(shipped_source(card) for card in alike[:MAX_NETS])


def _measure(progress: Progress) -> tuple[LayerResponses, ...]:
    sources, found = alike_sources(), []
    for number, source in enumerate(sources):
        progress(source.title, number / len(sources))
        assert source.path is not None
        model, card = load_checkpoint(source.path)
        normalisation = (card.mean, card.std)
        batch = draw_batch(card.model, _BATCH, seed=0, normalisation=normalisation)
        found.append(measure_layer_responses(model, batch, source.title))
    return tuple(found)


RESPONSES_STORABLE = Storable(
    name=RESPONSES,
    question=lambda: responses_question(alike_sources(), _BATCH),
    measure=_measure,
    modules=(*NET_CODE, *PICTURE_CODE, "probes/hooks.py", "probes/responses.py"),
)
