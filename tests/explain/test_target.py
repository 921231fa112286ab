import pytest
import torch

from resnet_core.errors import CancelledError, ProbeError
from resnet_core.explain.target import ScoredNet, Target, settle

LOGITS = torch.tensor([0.5, 3.0, -1.0])


def test_settle_takes_the_predicted_class() -> None:
    assert settle(Target(), LOGITS) == Target(class_index=1)
    assert settle(Target(against=0), LOGITS) == Target(class_index=1, against=0)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (Target(class_index=3), "no class number 3: this net's classes are numbered 0 to 2"),
        (Target(class_index=-1), "no class number -1"),
        (Target(against=7), "no class number 7"),
        (Target(against=1), "against itself"),
    ],
)
def test_settle_refuses_classes_that_cannot_be(target: Target, words: str) -> None:
    with pytest.raises(ProbeError, match=words):
        settle(target, LOGITS)


def test_settle_refuses_an_answer_that_is_not_finite() -> None:
    with pytest.raises(ProbeError, match="not a finite number"):
        settle(Target(), torch.tensor([1.0, float("nan")]))


def test_scored_gives_a_logit_or_a_difference_of_two() -> None:
    pictures = torch.tensor([[0.5, 3.0, -1.0], [9.0, 2.0, 4.0]])
    assert ScoredNet(torch.nn.Identity(), Target())(pictures).tolist() == [3.0, 2.0]
    difference = ScoredNet(torch.nn.Identity(), Target(class_index=2, against=0))
    assert difference(pictures).tolist() == [-1.5, -5.0]
    assert difference.logits is not None
    assert difference.logits.tolist() == LOGITS.tolist()


def test_scored_tells_the_share_done_and_can_be_cancelled() -> None:
    told = []

    def progress(message: str, fraction: float | None = None) -> None:
        told.append(fraction)
        if len(told) == 2:
            raise CancelledError("enough")

    scored = ScoredNet(torch.nn.Identity(), Target(), progress=progress, num_pictures=4)
    scored(LOGITS[None])
    with pytest.raises(CancelledError):
        scored(LOGITS[None])
    assert told == [0.25, 0.5]
