"""Folders whose classes stand in a table beside the pictures."""

from tests.data.layout_cases import Case, folders, part
from tests.data.layout_trees import csv_text, json_lines, several

SAMPLES = [("photos/7.png", "cat"), ("photos/8.png", "dog"), ("photos/9.png", "cat")]
TABLES: dict[str, Case] = {
    "a test part whose classes stand in its table": Case(
        folders({"Train": 4}, ["0", "1"]) + several("Test", 4, "0000{}.png") + several("Meta", 2),
        {"train": part(["0", "1"], 4), "test": part(["0", "1"], 2)},
        {"Meta": 2, "Train.csv": 1},
        {
            "Test.csv": csv_text(
                [("Width", "ClassId", "Path"), *((6, n % 2, f"Test/0000{n}.png") for n in range(4))]
            ),
            "Train.csv": csv_text([("Width", "ClassId", "Path"), (6, 0, "Train/0/0.png")]),
        },
        layout="class folders in split folders, and the table Test.csv",
    ),
    "train labels with a number for each file": Case(
        several("train", 4) + several("test", 6),
        {"train": {"frog": 2, "truck": 2}},
        {"sampleSubmission.csv": 1, "0.png, 1.png, 2.png and 3 more": 6},
        {
            "trainLabels.csv": csv_text(
                [("id", "label"), (0, "frog"), (1, "truck"), (2, "frog"), (3, "truck")]
            ),
            "sampleSubmission.csv": csv_text([("id", "label"), (0, "cat"), (1, "cat")]),
        },
        layout="a table of labels, trainLabels.csv",
    ),
    "labels by file name": Case(
        several("images", 4),
        {"train": {"a": 2, "b": 2}},
        {"labels.csv": 1},
        {
            "labels.csv": csv_text(
                [
                    ("filename", "label"),
                    *(("0.png", "a"), ("1.png", "b"), ("2.png", "a"), ("3.png", "b")),
                    ("gone.png", "b"),
                ]
            )
        },
        layout="a table of labels, labels.csv",
    ),
    "metadata in JSON lines": Case(
        several("train", 4),
        {"train": {"a": 2, "b": 1}},
        {"3.png": 1},
        {
            "train/metadata.jsonl": json_lines(
                {"file_name": f"{number}.png", "label": "ab"[number % 2], "width": 6}
                for number in range(3)
            )
        },
        layout="a table of labels, metadata.jsonl",
    ),
    "paths in a table, semicolons, whole numbers as fractions, -1": Case(
        [path for path, _ in SAMPLES] + ["photos/new/10.png", "photos/new/11.png"],
        {"train": {"1": 2, "12": 1, "3": 1}},
        {"11.png": 1},
        {
            "data.tsv": csv_text(
                [
                    *(("species", "path"), ("1.0", "photos\\7.png"), ("3.0", "./photos/8.png")),
                    *(("1.0", "photos/9.png"), ("12.0", "photos/new/10.png")),
                    ("-1.0", "photos/new/11.png"),
                ],
                ";",
            )
        },
        layout="a table of labels, data.tsv",
    ),
    "a table with a column of splits": Case(
        several("images", 5),
        {"train": {"a": 1, "b": 2}, "test": {"a": 1, "b": 1}},
        texts={
            "list.csv": csv_text(
                [
                    *(("image", "class", "split"), ("0", "a", "train"), ("1", "b", "train")),
                    *(("2", "b", "train"), ("3", "a", "test"), ("4", "b", "test")),
                ]
            )
        },
        layout="a table of labels, list.csv",
    ),
    "folders that are only numbered, and a table": Case(
        several("images_001", 3, "a{}.png") + several("images_002", 3, "b{}.png"),
        {"train": {"ill": 2, "well": 4}},
        texts={
            "entries.csv": csv_text(
                [("Image", "Label")]
                + [(f"{x}{n}.png", "ill" if n == 1 else "well") for x in "ab" for n in range(3)]
            )
        },
        layout="a table of labels, entries.csv",
    ),
    "annotations of the validation part": Case(
        several("train/n01/images", 3, "n01_{}.JPEG")
        + several("train/n02/images", 3, "n02_{}.JPEG")
        + several("val/images", 4, "val_{}.JPEG")
        + several("test/images", 5, "test_{}.JPEG"),
        {"train": part(["n01", "n02"], 3), "validation": part(["n01", "n02"], 2)},
        {"test_0.JPEG, test_1.JPEG, test_2.JPEG and 2 more": 5},
        {
            "val/val_annotations.txt": csv_text(
                [(f"val_{n}.JPEG", f"n0{1 + n % 2}", 0, 0, 5, 5) for n in range(4)], "\t"
            ),
            "wnids.txt": "n01\nn02\n",
            "words.txt": "n01\tcat\nn02\tdog\n",
            "train/n01/n01_boxes.txt": "n01_0.JPEG\t0\t0\t5\t5\n",
        },
        layout="class folders in split folders, and the table val_annotations.txt",
    ),
}
