"""From a config to the task that it names."""

from mnister.config.schema import TrainConfig
from mnister.tasks.task import Task


def choose_task(config: TrainConfig) -> Task:
    """Read the data that a config names and return what is to be learned from it.

    Raises:
        UserError: The data cannot be read.
    """
    if config.data.kind == "pages":
        from mnister.tasks.pages import PagesTask

        return PagesTask(config)
    if config.data.kind == "crops":
        from mnister.tasks.crops import CropsTask

        return CropsTask(config)
    from mnister.tasks.digits import DigitsTask

    return DigitsTask(config)
