"""Links are followed within the given folder, and never out of it."""

import pytest

from resnet_core.data.describe import describe_data
from resnet_core.errors import DataError
from tests.data.layout_trees import several, write_tree
from tests.data.reading import counts, load

pytestmark = pytest.mark.usefixtures("home")


def test_links_are_followed_within_the_folder_alone(tmp_path):
    write_tree(tmp_path, [*several("elsewhere", 3), *several("set/cat", 4), *several("set/dog", 4)])
    root = tmp_path / "set"
    (root / "cow").mkdir()
    (root / "cow" / "a.png").symlink_to("../cat/0.png")
    (root / "cow" / "b.png").symlink_to(root / "dog" / "1.png")
    (root / "hound").symlink_to("dog")
    (root / "cat" / "out.png").symlink_to(tmp_path / "elsewhere" / "0.png")
    (root / "fox").symlink_to("../elsewhere")
    (root / "dog" / "around").symlink_to("..")
    (root / "dog" / "gone.png").symlink_to("nothing.png")
    report = describe_data(str(root))
    assert report.splits == {"train": {"cat": 4, "cow": 2, "dog": 4, "hound": 4}}
    why = {left.why: (left.what, left.count) for left in report.ignored}
    assert why["is a link out of the folder"] == ("fox, out.png", 2)
    assert why["is a link to nothing"][1] == 2
    assert why["is a link to a folder around it"][1] == 2


def test_folder_of_links_out_is_refused_in_one_sentence(tmp_path):
    write_tree(tmp_path, several("elsewhere", 3))
    (tmp_path / "set" / "cat").mkdir(parents=True)
    for path in (tmp_path / "elsewhere").iterdir():
        (tmp_path / "set" / "cat" / path.name).symlink_to(path)
    with pytest.raises(DataError, match=r"3 of its files .* is a link out of the folder"):
        load(tmp_path / "set")


def test_path_that_is_itself_a_link_is_followed(pets, tmp_path):
    (tmp_path / "here").symlink_to(pets)
    assert counts(tmp_path / "here") == {"train": [6, 6], "test": [2, 3]}
