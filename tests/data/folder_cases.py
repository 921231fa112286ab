"""Folders whose names, or whose pictures' names, say which is the class and which the split."""

from tests.data.layout_cases import PETS, Case, folders, part
from tests.data.layout_trees import several

FOLDERS: dict[str, Case] = {
    "splits doubled, with a set before their names": Case(
        folders({"training_set/training_set": 4, "test_set/test_set": 3}, PETS),
        {"train": part(PETS, 4), "test": part(PETS, 3)},
    ),
    "segmented scenes with unlabelled ones": Case(
        folders({"seg_train/seg_train": 4, "seg_test/seg_test": 3}, ["sea", "wood"])
        + several("seg_pred/seg_pred", 5),
        {"train": part(["sea", "wood"], 4), "test": part(["sea", "wood"], 3)},
        {"seg_pred": 5},
    ),
    "dev as validation": Case(
        folders({"train": 4, "dev": 2, "test": 3}, PETS),
        {"train": part(PETS, 4), "validation": part(PETS, 2), "test": part(PETS, 3)},
    ),
    "Training and Test beside another folder and a licence": Case(
        folders({"Training": 4, "Test": 3}, PETS) + several("test-multiple_pets", 6),
        {"train": part(PETS, 4), "test": part(PETS, 3)},
        {"test-multiple_pets": 6, "LICENSE": 1, "readme.md": 1},
        texts={"LICENSE": "free", "readme.md": "# Pets"},
    ),
    "camel case": Case(
        folders({"trainingSet/trainingSet": 4, "testSet": 3}, ["0", "1", "2"]),
        {"train": part(["0", "1", "2"], 4), "test": part(["0", "1", "2"], 3)},
    ),
    "a name before each split, and single test pictures": Case(
        folders({"asl_train/asl_train": 4}, ["A", "B"])
        + several("asl_test/asl_test", 2, "A_{}.png"),
        {"train": part(["A", "B"], 4)},
        {"A_0.png, A_1.png": 2},
    ),
    "a copy of the splits within themselves": Case(
        folders({"train": 4, "val": 2, "test": 3}, PETS)
        + folders({"pets/train": 4, "pets/val": 2, "pets/test": 3}, PETS)
        + ["__MACOSX/pets/train/cat/._0.png"],
        {"train": part(PETS, 4), "validation": part(PETS, 2), "test": part(PETS, 3)},
        {"pets": 18, "._0.png": 1},
    ),
    "a copy of the classes within themselves": Case(
        several("cat", 3) + several("dog", 4) + folders({"pets": 2}, PETS),
        {"train": {"cat": 3, "dog": 4}},
        {"pets": 4},
    ),
    "a copy of the classes within the training folder": Case(
        folders({"train": 4, "test": 3, "train/train": 4}, PETS),
        {"train": part(PETS, 4), "test": part(PETS, 3)},
        {"train": 8},
    ),
    "classes beside their own splits": Case(
        folders({"train": 4, "test": 3}, PETS) + several("cat", 7) + several("dog", 7),
        {"train": part(PETS, 4), "test": part(PETS, 3)},
        {"cat": 7, "dog": 7},
    ),
    "splits below the classes": Case(
        folders({"cat": 3, "dog": 3}, ["train", "test"]),
        {"train": part(PETS, 3), "test": part(PETS, 3)},
        layout="split folders in class folders",
    ),
    "a split name in one class alone": Case(
        several("cat/test", 2) + several("cat", 3) + several("dog", 4),
        {"train": {"cat": 5, "dog": 4}},
        notes="test within a class folder is no split",
    ),
    "a split name two folders down": Case(
        folders({"cat/tabby": 2, "dog/old": 2}, ["train", "test"]),
        {"train": {"cat": 4, "dog": 4}},
        notes="test, train within a class folder is no split",
    ),
    "kinds within classes": Case(
        [*several("animal/cat", 3), *several("animal/dog", 3), *several("vehicle/car", 4)],
        {"train": {"animal": 6, "vehicle": 4}},
        notes="3 folders lie within class folders",
    ),
    "only a test folder": Case(
        folders({"test": 3}, PETS), {"test": part(PETS, 3)}, notes="measured on these pictures"
    ),
    "validation and test alone": Case(
        folders({"val": 2, "test": 3}, PETS), {"validation": part(PETS, 2), "test": part(PETS, 3)}
    ),
    "a script beside the only folder": Case(
        folders({"raw-img": 3}, ["cane", "gatto"]),
        {"train": part(["cane", "gatto"], 3)},
        {"translate.py": 1},
        texts={"translate.py": "names = {}"},
    ),
    "a licence, notes and a model's folder": Case(
        folders({"flower_photos": 3}, ["daisy", "rose"]),
        {"train": part(["daisy", "rose"], 3)},
        {"LICENSE, notes.docx": 2, "models": 1},
        texts={"LICENSE": "free", "models/net.pth": "weights", "notes.docx": "words"},
    ),
    "a text in a split folder beside its doubled name": Case(
        folders({"train/train": 4, "test": 3}, PETS),
        {"train": part(PETS, 4), "test": part(PETS, 3)},
        {"make.py": 1},
        texts={"train/make.py": "print()"},
    ),
    "files of Windows": Case(
        folders({"pets": 3}, PETS),
        {"train": part(PETS, 3)},
        {"Thumbs.db, desktop.ini": 3},
        texts={"pets/cat/Thumbs.db": "", "pets/dog/Thumbs.db": "", "pets/cat/desktop.ini": ""},
    ),
    "unlabelled pictures beside the classes": Case(
        several("cat", 3) + several("dog", 3) + several("test", 4),
        {"train": part(PETS, 3)},
        {"test": 4},
    ),
    "a vehicle called train": Case(
        several("car", 3) + several("train", 3),
        {"train": part(["car", "train"], 3)},
        notes="'train' is taken as a class",
    ),
    "classes by file name": Case(
        several("train", 4, "cat.{}.jpg") + several("train", 4, "dog.{}.jpg") + several("test1", 3),
        {"train": part(PETS, 4)},
        {"0.png, 1.png, 2.png": 3},
        layout="classes in the file names",
    ),
    "breeds by file name": Case(
        several("images", 3, "great_pyrenees_{}.png") + several("images", 3, "Abyssinian_1{}.png"),
        {"train": part(["Abyssinian", "great_pyrenees"], 3)},
        layout="classes in the file names",
    ),
    "numbered classes with no table": Case(
        several("s1", 3) + several("s2", 3), {"train": part(["s1", "s2"], 3)}
    ),
}
