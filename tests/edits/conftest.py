from tests.training.conftest import home, picture_folder, start  # noqa: F401  (fixtures)
