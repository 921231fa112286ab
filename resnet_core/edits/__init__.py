"""Live edits: what a person changes in a run while it trains, asked for and kept.

    runs/<run_id>/
        edits/inbox/    wishes, one small file each, in the order in which they were asked for
        edits/refused.jsonl   wishes that could not be granted, and why
        edits.jsonl     what was done and at which step; only ever added to

A wish is checked where it is made.  The worker alone knows the step: between two steps it writes
what it grants into `edits.jsonl`, and only then uses it.  A run is its configuration and this
file: whoever trains both from step 0, or from any saved state, gets the same bits.

records.py  what a wish and an edit say
wishes.py   wishes made and checked
log.py      the files
undoing.py  edits taken back
course.py   what holds after some edits: nets, recipe, data, length
foretelling.py  what an edit of a net will do and cannot do
wording.py  edits in words
tables.py   edits for other programs
"""

from resnet_core.edits.course import (
    data_after,
    interventions_after,
    interventions_of,
    rate_after,
    steps_after,
    training_after,
    value_before,
    warmup_after,
)
from resnet_core.edits.log import (
    done_and_pending_edits,
    edits_of_fork,
    read_edits,
    refused_edits,
)
from resnet_core.edits.records import EDIT_KINDS, Edit, EditKind, SettingKind, Wish, parse_wish
from resnet_core.edits.tables import edited_metrics_csv, edits_csv
from resnet_core.edits.undoing import put_back
from resnet_core.edits.wishes import check_wish, request_edit, wait_for_edit
from resnet_core.edits.wording import edit_sentence, label_edit, say_edit, say_waiting

__all__ = [
    "EDIT_KINDS",
    "Edit",
    "EditKind",
    "SettingKind",
    "Wish",
    "check_wish",
    "data_after",
    "done_and_pending_edits",
    "edit_sentence",
    "edited_metrics_csv",
    "edits_csv",
    "edits_of_fork",
    "interventions_after",
    "interventions_of",
    "label_edit",
    "parse_wish",
    "put_back",
    "rate_after",
    "read_edits",
    "refused_edits",
    "request_edit",
    "say_edit",
    "say_waiting",
    "steps_after",
    "training_after",
    "value_before",
    "wait_for_edit",
    "warmup_after",
]
