"""What a planted fault is made of: the case that is audited, and the fault that changes it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import pandas as pd

    from trustlab.core.context import Context
    from trustlab.core.result import Threshold
    from trustlab.models.subject import Subject

BENCH = "The bench's own limit: the check itself shows the number and leaves the limit to a policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A model and the rows that it is audited on.

    Parameters
    ----------
    train, rows : pandas.DataFrame
        What the model was trained on, and what it is audited on; the label is the column ``target``. Where the rows are
        images they are an array, ``train`` is None and ``more`` has the labels.
    model : object or None
        Fitted; None where the data alone are audited.
    fit : callable
        Fits the same kind of model on other training rows.
    sensitive : tuple of str
        Columns of ``rows``.
    more : mapping
        Further parameters of `Subject.load`.
    """

    train: Any
    rows: Any
    model: Any
    fit: Callable[[pd.DataFrame], Any]
    target: str = "y"
    sensitive: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    def subject(self, context: Context) -> Subject:
        """Return the case as an audit takes it."""
        from trustlab.models.subject import Subject

        given = {"model": self.model, "data": self.rows, "target": self.target, "train": self.train, **self.more}
        return Subject.load(**given, sensitive=list(self.sensitive) or None, context=context)

    def refit(self, train: pd.DataFrame | None = None, rows: pd.DataFrame | None = None) -> Case:
        """Return the case with other rows, and the model fitted anew on the training rows."""
        seen = self.train if train is None else train
        return replace(self, train=seen, rows=self.rows if rows is None else rows, model=self.fit(seen))

    def both(self, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Case:
        """Return the case with training and audited rows changed alike, and the model fitted on them."""
        return self.refit(change(self.train), change(self.rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault, planted into a clean case.

    Parameters
    ----------
    name : str
        A word such as ``label_noise``.
    says : str
        What was done, in a few words.
    twin : str
        The clean case that it starts from, by name.
    check : str
        The id of the check that is meant for it.
    plant : callable
        Takes the clean case and a random generator, returns the case with the fault.
    harmless : callable or None
        Takes the same, returns the clean case with what the check needs to look at and without the fault; None where
        the clean case has it.
    parameters : mapping
        The check's own, where they differ from its defaults; the clean twin is judged with them too.
    fails : bool
        Whether the check must fail, not only warn, for the fault to count as flagged: where it warns of clean cases
        too.
    limits : Threshold or None
        As a policy would set them, for a check that is shown and not judged by default.
    """

    name: str
    says: str
    twin: str
    check: str
    plant: Callable[[Case, np.random.Generator], Case]
    harmless: Callable[[Case, np.random.Generator], Case] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    fails: bool = False
    limits: Threshold | None = None
