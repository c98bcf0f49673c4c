import pytest

from trustlab.core.errors import UsageError
from trustlab.train.options import Options


@pytest.mark.parametrize(("name", "value"), [("epochs", -1), ("learning_rate", 0.0), ("batch_size", 0), ("seed", -1)])
def test_numbers_that_mean_nothing_are_named(name, value):
    with pytest.raises(UsageError, match=f"{name} must .*got {value:g}"):
        Options(task="binary", **{name: value})
