"""Several networks trained one after another, exported as one that gives their mean."""

import logging
from collections.abc import Sequence

from mnister.stopping import Stopped
from mnister.training.checkpoints import History
from mnister.training.run import Run

log = logging.getLogger("mnister.training")


class EnsembleRun(Run):
    """A run that trains `members` networks, each in a sub-folder as a run of its own."""

    def fit(self) -> None:
        """Train each member that is not finished; then take their mean as the network."""
        members = []
        for index in range(self.config.members):
            members.append(self._member(index))
            log.info("   member %d of %d", index + 1, self.config.members)
            try:
                members[-1].fit()
            except Stopped as stopped:
                raise stopped.renamed(members[-1].folder, self.folder) from None
        self.history = join_histories([member.history for member in members])
        self.take([member.network for member in members])

    def _member(self, index: int) -> Run:
        """Return a member, ready to train; no other run's members have its seed."""
        config = self.config
        seed = (config.seed * config.members + index) % 2**31
        model = config.model.model_copy(update={"name": member_name(config.model.name, index)})
        settings = config.model_copy(
            update={"members": 1, "test_time_augmentation": False, "seed": seed, "model": model}
        )
        member = Run(settings, self.folder / "members" / str(index + 1))
        member.folder.mkdir(parents=True, exist_ok=True)
        member.read_data()
        member.build()
        return member


def member_name(name: str, index: int) -> str:
    """Return the name of a member's network; in one network no two may have the same."""
    return f"{name}_{index + 1}"


def join_histories(histories: Sequence[History]) -> History:
    """Put the members' histories one after another, as one run's.

    Args:
        histories: Of the members, in the order of their training.

    Returns:
        Epochs and steps count on from member to member.
    """
    joined = History()
    for history in histories:
        epochs, step = len(joined.rows), joined.step
        joined.rows += [
            {**row, "epoch": row["epoch"] + epochs, "step": row["step"] + step}
            for row in history.rows
        ]
        joined.step += history.step
        joined.train_seconds += history.train_seconds
    return joined
