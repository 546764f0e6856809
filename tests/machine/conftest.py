"""What the rules are tried on."""

import pytest

from tests.machine.driver import Session


@pytest.fixture
def session() -> Session:
    return Session()
