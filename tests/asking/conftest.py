"""The tiny nets of the inference tests."""

from tests.inference.conftest import _one_thread, checkpoint, net  # noqa: F401 - fixtures
