"""How much is garbled: a few seconds in the suite, as much as `--fuzz` says on purpose."""

from collections.abc import Callable

import pytest


@pytest.fixture
def fuzz(request: pytest.FixtureRequest) -> Callable[..., int]:
    """`short` cases in the suite; with `--fuzz N`, this test's part of the N."""
    asked: int = request.config.getoption("--fuzz")

    def amount(short: int, of_all: float) -> int:
        return int(asked * of_all) if asked else short

    return amount
