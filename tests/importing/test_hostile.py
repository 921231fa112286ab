"""Files built to do harm, or merely broken: each refused with a sentence, and no canary sings."""

import os
import pickle
import resource
from pathlib import Path

import pytest
import safetensors.torch

from resnet_core import paths
from resnet_core.errors import CheckpointError
from resnet_core.importing import ImportRequest, import_checkpoint
from resnet_core.importing.envelope import check_envelope
from tests.importing.villains import BROKEN, GOOD, RUNNING, Canary, with_pickle

REQUEST = ImportRequest(name="foreign", architecture="resnet20")


@pytest.mark.parametrize("kind", RUNNING)
def test_no_code_is_run(kind, tmp_path, home, checker):
    build, words = RUNNING[kind]
    canary = tmp_path / "canary"
    file = tmp_path / "evil.safetensors"
    file.write_bytes(build(Canary(canary)))
    with pytest.raises(CheckpointError) as caught:
        import_checkpoint(file, REQUEST, file_name="evil.pt", checker=checker)
    assert words in str(caught.value)
    check_sentence(str(caught.value), "evil.pt")
    assert not canary.exists()
    assert not list(home.rglob("*.safetensors"))


def check_sentence(sentence: str, name: str) -> None:
    assert sentence.startswith(f"'{name}' ")
    assert sentence.endswith(".")
    for word in ("Error", "Traceback", "Exception", "Unpickling", "\n"):
        assert word not in sentence
    assert len(sentence) < 500


def test_the_canary_would_sing(tmp_path):
    canary = tmp_path / "canary"
    pickle.loads(pickle.dumps(Canary(canary)))
    assert canary.read_text() == "sang"


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_files_get_a_sentence(kind, tmp_path, home, checker):
    build, words = BROKEN[kind]
    with pytest.raises(CheckpointError) as caught:
        import_checkpoint(build(), REQUEST, file_name="net.pt", checker=checker)
    assert words in str(caught.value)
    check_sentence(str(caught.value), "net.pt")
    assert not list(home.rglob("*.safetensors"))


def test_missing_file_and_folder_are_told(tmp_path, home):
    for path, words in ((tmp_path / "none.pt", "cannot be opened"), (tmp_path, "is a folder")):
        with pytest.raises(CheckpointError, match=words):
            import_checkpoint(path, REQUEST, file_name=path.name)


def test_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path, home):
    os.mkfifo(tmp_path / "pipe.pt")
    for path in (tmp_path / "pipe.pt", Path("/dev/zero")):
        with pytest.raises(CheckpointError, match="cannot be opened"):
            import_checkpoint(path, REQUEST, file_name=path.name)


def test_file_over_the_limit_is_refused_unread(tmp_path):
    large = tmp_path / "large.pt"
    with large.open("wb") as file:
        file.truncate(601 * 2**20)
    with pytest.raises(CheckpointError, match="at most 600 MB"):
        check_envelope(large, "large.pt")


def test_fork_that_dies_takes_nothing_with_it(tmp_path, home, checker):
    """A pickle that fills memory is stopped by the fork's limit; the next file is read as usual."""
    bomb = b"\x80\x02" + b"]" + b"(" + b"K\x01" * 1000 + b"e" + b"2" * 3_000_000 + b"."
    content = with_pickle(GOOD, bomb)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CheckpointError):
        import_checkpoint(content, REQUEST, file_name="bomb.pt", checker=checker)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000
    path = import_checkpoint(GOOD, REQUEST, file_name="good.pt", checker=checker)
    assert path == paths.imported_dir() / "foreign.safetensors"
    assert safetensors.torch.load_file(path)["classifier.bias"].shape == (10,)
