"""Weights that never travel without their card.

A checkpoint is two files beside each other: `<name>.safetensors` with the tensors, and
`<name>.json`, the card, with everything needed to build the net, feed it, and judge it.

card.py     what a card says
naming.py   what a checkpoint may be called, and where its two files lie
checks.py   what must hold of a card, however it came here
reading.py  cards read, checked, and kept; lists of them
weights.py  weights saved and loaded with their card
statistics.py  what is usual on a net's own pictures, in a file beside the card
net_card.py  what others' nets say of themselves as well
calibrated.py  what was measured after the training, kept with the card or in the lab's home
class_matching.py  which output of a net each class of a data set means
"""

from resnet_core.checkpoints.calibrated import (
    MeasuredAfterwards,
    keep_measured,
    read_calibrated_card,
    statistics_places,
)
from resnet_core.checkpoints.card import (
    Brought,
    CheckpointCard,
    Detection,
    card_sha256,
    library_versions,
    today,
)
from resnet_core.checkpoints.checks import MOST_CLASSES, NORMALISATION, SIDES_PX, check_card
from resnet_core.checkpoints.class_matching import (
    ClassMatching,
    has_own_names,
    match_all_classes,
    match_classes,
    read_class_map,
    relabelled,
)
from resnet_core.checkpoints.naming import (
    CARD_SUFFIX,
    WEIGHTS_SUFFIX,
    card_file,
    check_new_name,
    is_complete,
    weights_file,
)
from resnet_core.checkpoints.net_card import NetCard, NetOutline
from resnet_core.checkpoints.reading import (
    find_checkpoint,
    list_cards,
    list_checkpoints,
    read_card,
)
from resnet_core.checkpoints.statistics import (
    STATISTICS_SUFFIX,
    pack_statistics,
    read_statistics,
    statistics_file,
)
from resnet_core.checkpoints.weights import (
    first_mismatch,
    load_checkpoint,
    save_checkpoint,
    update_metrics,
)

__all__ = [
    "CARD_SUFFIX",
    "MOST_CLASSES",
    "NORMALISATION",
    "SIDES_PX",
    "STATISTICS_SUFFIX",
    "WEIGHTS_SUFFIX",
    "Brought",
    "CheckpointCard",
    "ClassMatching",
    "Detection",
    "MeasuredAfterwards",
    "NetCard",
    "NetOutline",
    "card_file",
    "card_sha256",
    "check_card",
    "check_new_name",
    "find_checkpoint",
    "first_mismatch",
    "has_own_names",
    "is_complete",
    "keep_measured",
    "library_versions",
    "list_cards",
    "list_checkpoints",
    "load_checkpoint",
    "match_all_classes",
    "match_classes",
    "pack_statistics",
    "read_calibrated_card",
    "read_card",
    "read_class_map",
    "read_statistics",
    "relabelled",
    "save_checkpoint",
    "statistics_file",
    "statistics_places",
    "today",
    "update_metrics",
    "weights_file",
]
