import pytest

from tests.edits.stopped_run import create_stopped_run
from tests.training.conftest import home, picture_folder, start  # noqa: F401  (fixtures)


@pytest.fixture
def stopped(home):  # noqa: F811
    return create_stopped_run()
