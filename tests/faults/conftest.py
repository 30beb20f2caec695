"""What goes wrong is logged in full here: nothing of a key may be in it."""

import logging

import pytest


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
