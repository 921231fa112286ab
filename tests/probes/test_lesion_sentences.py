"""What is said of lesions turns with what was measured."""

from resnet_core.probes.lesion_sentences import (
    compare_lesions_sentence,
    lesion_sentence,
    random_lesions_sentence,
)
from resnet_core.probes.lesions import (
    BlockLesion,
    LesionBench,
    LesionDraw,
    LesionScore,
    RandomLesions,
)

N = 1000


def score(right: int, gained: int = 0, total: int = N) -> LesionScore:
    return LesionScore(right=right, gained=gained, total=total)


def bench(*rights: int, whole: int = 900, is_plain: bool = False, **more) -> LesionBench:
    """A net whose lesions leave so many right answers, a little more when recalibrated."""
    blocks = tuple(
        BlockLesion(path=f"stage1.{k}", as_is=score(right), recalibrated=score(right + 50))
        for k, right in enumerate(rights)
    )
    known = {
        "name": "plain20" if is_plain else "resnet20",
        "is_plain": is_plain,
        "num_classes": 10,
        "num_calibration": 256,
        "whole": score(whole),
        "recalibrated_whole": score(whole),
        "blocks": blocks,
        "at_random": (),
        "elapsed_s": 1.0,
    }
    return LesionBench(**{**known, **more})


def drawn(*accuracies: tuple[int, ...]) -> tuple[RandomLesions, ...]:
    """For 1, 2, 3 ... blocks the right answers of each draw, of 200."""
    return tuple(
        RandomLesions(
            draws=tuple(
                LesionDraw(removed=("stage1.0",) * count, as_is=score(right, total=200))
                for right in rights
            )
        )
        for count, rights in enumerate(accuracies, start=1)
    )


def test_sentence_names_the_worst_and_the_best_lesion_in_both_readings():
    said = lesion_sentence("Mine", bench(840, 100, 700))
    assert said.startswith(
        "Mine gets 90.0\u00a0% (95 % interval 88.0\u00a0% to 91.7\u00a0%) of 1,000 pictures right"
    )
    assert "Without one of 3 blocks, as it is, it gets from 10.0\u00a0%" in said
    assert ") without stage1.1 to 84.0\u00a0% (" in said
    assert ") (" not in said, "no bracket follows another"
    assert (
        "in the median 70.0\u00a0%; none of these losses may be chance, and 1 of these nets" in said
    )
    assert "with batch norm recalibrated, it gets from 15.0\u00a0%" in said
    assert said.endswith(
        "none of these losses may be chance, and none of these nets may only guess."
    )


def test_a_loss_within_chance_is_not_called_a_loss():
    close = bench(895, 100, num_calibration=0)
    assert "1 of these losses may be chance" in lesion_sentence("Mine", close)
    assert "recalibrated" not in lesion_sentence("Mine", close)


def test_a_net_that_guesses_or_has_no_removable_block_says_so():
    assert "guesses with all its blocks in place: 11.0\u00a0%" in lesion_sentence(
        "N", bench(100, whole=110)
    )
    fixed = bench(blocks=(BlockLesion(path="stage1.0", reason="It appends maps."),))
    assert lesion_sentence("N", fixed) == "No block of N can be removed: It appends maps."


def test_comparison_claims_what_is_sure_and_the_opposite_where_that_is():
    strong, weak = (840, 800, 780, 300), (500, 110, 100, 120)
    said = compare_lesions_sentence({"R": bench(*strong), "P": bench(*weak, is_plain=True)})
    assert said.startswith(
        "As they are: R keeps more than half of what it knows above chance without 3 of its 4 "
        "removable blocks; "
        "P keeps more than half of what it knows above chance without 0 to 1 of its 4"
    )
    assert "a net with skips misses one block less, as Veit et al. 2016 found" in said
    said = compare_lesions_sentence({"R": bench(*weak), "P": bench(*strong, is_plain=True)})
    assert (
        "a net without skips misses one block less, the opposite of what Veit et al. 2016 found"
        in said
    )
    unsure = compare_lesions_sentence(
        {"R": bench(510, 490, 100, 100), "P": bench(505, 100, 100, 100, is_plain=True)}
    )
    assert "it is not sure that the skips make the difference" in unsure


def test_comparison_reads_the_reading_that_it_is_asked_for():
    residual, plain = bench(480, 480), bench(470, 100, is_plain=True)
    assert "without 0 to 2 of its 2" in compare_lesions_sentence({"R": residual, "P": plain})
    again = compare_lesions_sentence({"R": residual, "P": plain}, "recalibrated")
    assert again.startswith("With batch norm recalibrated: R keeps")
    assert "R keeps more than half of what it knows above chance without 0 to 2" in again
    assert "P keeps more than half of what it knows above chance without 0 to 1" in again


def test_comparison_asks_for_the_kind_that_is_missing_or_has_learned():
    assert "Choose a plain net to compare" in compare_lesions_sentence({"R": bench(800)})
    plain = bench(800, is_plain=True)
    assert "Choose a residual net to compare" in compare_lesions_sentence({"P": plain})
    guessing = bench(100, whole=100, is_plain=True)
    said = compare_lesions_sentence({"R": bench(800), "P": guessing})
    assert said.startswith("P guesses with all blocks in place, so that nothing can be compared")


def test_blocks_at_random_are_lost_up_to_what_the_intervals_allow():
    few = bench(800, at_random=drawn((180, 178, 176), (160, 158, 156), (60, 20, 22), (20, 21, 19)))
    said = random_lesions_sentence("Mine", few)
    assert said.startswith(
        "Over 3 draws, Mine, as it is, surely keeps more than half of what it knows above chance "
        "up to 2 blocks removed at random (79.0\u00a0% right"
    )
    assert said.endswith("with 3 blocks it is no longer sure to do better than a guess.")
    worse = bench(800, at_random=drawn((120, 20, 30), (60, 58, 61)))
    said = random_lesions_sentence("Mine", worse)
    assert "is not sure to keep half of what it knows above chance even with one block" in said
    better = bench(800, at_random=drawn((180, 178, 176)))
    assert "does better than a guess with any number" in random_lesions_sentence("M", better)
    assert random_lesions_sentence("M", bench(8)) == "No blocks of M were removed at random."
    again = random_lesions_sentence("M", better, "recalibrated")
    assert again == "No blocks of M were removed at random."
