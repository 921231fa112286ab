import io
import json
import os
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest
import torch

from resnet_core.asking import ReadyNet
from resnet_core.errors import OutOfMemoryError
from resnet_core.inference import (
    Answer,
    PictureSource,
    Refusal,
    classify_many,
    list_picture_sources,
    many,
    outcome_record,
    outcomes_csv,
)
from resnet_core.inference.sources import expand_source
from tests.inference.conftest import picture_bytes


def zip_of(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def sources(count: int) -> list[PictureSource]:
    return [PictureSource(f"{index}.png", picture_bytes(index)) for index in range(count)]


def test_many_keeps_the_order_and_says_what_one_by_one_says(net):
    given = sources(23)
    outcomes = list(classify_many(net, given, num_threads=3))
    assert [outcome.name for outcome in outcomes] == [source.name for source in given]
    for source, outcome in zip(given, outcomes, strict=True):
        assert isinstance(outcome, Answer)
        single = net.answer(net.see(source.content, name=source.name))
        assert outcome.probabilities == pytest.approx(single.probabilities, abs=1e-5)


@pytest.mark.parametrize("most", [0, 1, 3])
def test_a_device_that_has_room_for_few_is_shown_few_at_a_time(net, most):
    given = sources(11)
    usual = list(classify_many(net, given))

    def refuse(_model, inputs):
        if len(inputs[0]) > most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    handle = net.model.register_forward_pre_hook(refuse)
    try:
        if most == 0:
            with pytest.raises(OutOfMemoryError, match="Not enough memory for a single picture"):
                list(classify_many(net, given))
            return
        found = list(classify_many(net, given))
    finally:
        handle.remove()
    assert [outcome.name for outcome in found] == [source.name for source in given]
    for one, other in zip(found, usual, strict=True):
        assert isinstance(one, Answer) and isinstance(other, Answer)
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)


def test_bad_ones_among_many_spoil_none_of_the_others(net):
    given: list[PictureSource | Refusal] = [*sources(8)]
    given[2] = PictureSource("empty.jpg", b"")
    given[5] = PictureSource("page.png", b"<html>")
    given[7] = Refusal("gone.zip", "It is gone.")
    outcomes = list(classify_many(net, given))
    assert [outcome.ok for outcome in outcomes] == [
        True,
        True,
        False,
        True,
        True,
        False,
        True,
        False,
    ]
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    assert "'empty.jpg' is empty" in refusals[0].error
    assert refusals[2].error == "It is gone."


def test_many_reads_its_sources_lazily_and_stops_when_closed(net):
    read = []

    def endless():
        while True:
            read.append(1)
            yield PictureSource("a.png", picture_bytes())

    with closing(classify_many(net, endless(), num_threads=1)) as outcomes:
        next(outcomes)
    assert len(read) < 200


def test_closing_waits_for_no_picture_that_nobody_has_begun_to_decode(net, monkeypatch):
    seen, is_closing, see = [], threading.Event(), ReadyNet.see

    class Pool(ThreadPoolExecutor):
        def shutdown(self, *args, **kwargs):
            is_closing.set()
            super().shutdown(*args, **kwargs)

    def see_and_count(self, *args, **kwargs):
        seen.append(1)
        if len(seen) > 2:  # those of the first batch
            is_closing.wait(60)
        return see(self, *args, **kwargs)

    monkeypatch.setattr(many, "ThreadPoolExecutor", Pool)
    monkeypatch.setattr(ReadyNet, "see", see_and_count)
    outcomes = classify_many(net, sources(30), num_threads=1)
    next(outcomes)
    outcomes.close()
    assert len(seen) <= 3


def test_sources_of_files_folders_and_archives(tmp_path):
    folder = tmp_path / "holiday"
    (folder / "b").mkdir(parents=True)
    (folder / "b" / "2.png").write_bytes(picture_bytes())
    (folder / "1.png").write_bytes(picture_bytes())
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "._1.png").write_bytes(b"x")
    archive = tmp_path / "pack.zip"
    archive.write_bytes(zip_of({"c/3.png": picture_bytes(), "__MACOSX/._3.png": b"x"}))
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 and no more")
    (tmp_path / "none").mkdir()
    found = list(list_picture_sources([folder, archive, broken, tmp_path / "none"]))
    names = [entry.name.removeprefix(str(tmp_path) + "/") for entry in found]
    assert names == ["holiday/1.png", "holiday/b/2.png", "pack.zip/c/3.png", "broken.zip", "none"]
    assert [isinstance(entry, Refusal) for entry in found] == [False, False, False, True, True]


def test_pipe_that_nobody_writes_to_is_not_waited_for(net, tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    (outcome,) = classify_many(net, list_picture_sources([tmp_path / "pipe.jpg"]))
    assert isinstance(outcome, Refusal)
    assert "is no file" in outcome.error


def test_archive_that_points_outside_is_refused_whole():
    content = zip_of({"../evil.png": picture_bytes()})
    (entry,) = expand_source(PictureSource("x.zip", content))
    assert isinstance(entry, Refusal)
    assert "points outside" in entry.error


def test_record_is_json_and_holds_what_was_promised(net):
    good, bad = classify_many(net, [*sources(1), PictureSource("b.png", b"")])
    record = json.loads(json.dumps(outcome_record(good, 2)))
    assert (record["file"], record["ok"], len(record["top"])) == ("0.png", True, 2)
    assert record["unfamiliar"] is None
    assert set(outcome_record(bad, 2)) == {"file", "ok", "error"}


def test_csv_has_a_row_for_each_file_and_no_formula(net):
    given = [PictureSource("=cmd|' /C calc'!A0", picture_bytes()), PictureSource("@b", b"")]
    lines = outcomes_csv(classify_many(net, given), 2).splitlines()
    assert lines[0].startswith("file,ok,class1,probability1,class2,probability2,entropy_bits")
    assert lines[1].startswith("'=cmd")
    assert lines[2].startswith("'@b,no,,,,,,,,")
    assert len({line.count(",") for line in lines[:2]}) == 1


def test_answers_do_not_hold_the_whole_photograph(net):
    (answer,) = classify_many(net, [PictureSource("a", picture_bytes(size=(900, 700)))])
    assert isinstance(answer, Answer)
    assert answer.seen.nbytes == 16 * 16 * 3
    assert answer.original_size_px == (900, 700)
    assert np.isfinite(answer.energy)
