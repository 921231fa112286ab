from tests.data.conftest import home, shared_data, synthetic  # noqa: F401  (fixtures)
