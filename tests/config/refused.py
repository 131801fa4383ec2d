"""What is refused of overrides: every mistake, by its key."""

import pytest

from mnister.config.compose import check_overrides
from mnister.config.mistakes import ConfigError


def mistakes_of(*overrides, menu="train", **options):
    with pytest.raises(ConfigError) as caught:
        check_overrides(menu, list(overrides), **options)
    return {mistake.key: mistake for mistake in caught.value.mistakes}
