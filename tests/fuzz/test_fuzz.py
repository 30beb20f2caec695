"""A few examples of every target, the same in every run; ``python -m tests.fuzz`` tries more."""

import pytest

from tests.fuzz.target import Target, attempt
from tests.fuzz.targets import TARGETS

EXAMPLES, EXAMPLES_OVER_SOCKETS = 30, 5
SEED = 6


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.filterwarnings("ignore:Possible nested set")
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_what_nobody_would_write_ends_in_a_value_or_in_an_error_of_ours(target: Target) -> None:
    over_sockets = target.name.startswith("stream-")
    attempt(target, EXAMPLES_OVER_SOCKETS if over_sockets else EXAMPLES, SEED)


def test_every_target_has_a_name_of_its_own() -> None:
    names = [target.name for target in TARGETS]
    assert len(names) == len(set(names))
