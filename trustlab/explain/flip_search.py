"""The fewest allowed changes that turn a prediction: a search by questions alone, many rows in each question.

Greedy by coordinate: every option of every feature is tried on every row at once; a row that turns takes its cheapest
change, the others keep what brought them nearest and go on, from several first features side by side. Rows that no
few changes turn start from the nearest row that is predicted as wanted, and give back what they do not need. At last
numbers go back towards where they were, as far as the prediction allows. What is found is allowed and works; that
nothing smaller exists is not said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustlab.core.errors import InputError
from trustlab.explain.oracle import Oracle, cells, put

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from trustlab.explain.actions import Actions
    from trustlab.models.subject import Subject
    from trustlab.stats.arrays import Bools, Floats, Ints

ANSWERS_A_ROUND = 30_000
CELLS_A_ROUND = 4_000_000
MOST_FEATURES, FEWEST = 60, 5
STARTS = 3
DONORS = 3
DONOR_POOL = 500
PULLS = 16
MOST_PULLED = 8


@dataclass(frozen=True, slots=True)
class Flips:
    """What the search found.

    Parameters
    ----------
    found : ndarray of bool, shape (m,)
        Whether the row was turned.
    rows : frame, m rows
        The changed rows; as they were where not found.
    changed : ndarray of bool, shape (m, j)
        Which actions were taken.
    cost : ndarray of float, shape (m,)
        The sum of their costs; infinite where not found.
    actions : Actions
        The features that were looked at.
    asked : int
        Rows put to the model.
    """

    found: Bools
    rows: pd.DataFrame
    changed: Bools
    cost: Floats
    actions: Actions
    asked: int

    @property
    def count(self) -> Ints:
        """The number of features changed, by row."""
        import numpy as np

        return np.asarray(self.changed.sum(axis=1))


def affordable_rows(actions: Actions, columns: int) -> int:
    """Return how many rows the search can take at once."""
    width = sum(action.options.size for action in actions.actions[: affordable_features(columns)]) or 1
    return max(min(ANSWERS_A_ROUND, CELLS_A_ROUND // max(columns, 1)) // width, FEWEST)


def affordable_features(columns: int) -> int:
    """Return how many features the search can look at, ten options each, in rows of so many columns."""
    return min(MOST_FEATURES, max(CELLS_A_ROUND // (max(columns, 1) * 10 * FEWEST), FEWEST))


def smallest_changes(
    subject: Subject,
    rows: Ints | pd.DataFrame,
    actions: Actions,
    rng: np.random.Generator,
    *,
    goal: int | None = None,
    most: int = 4,
) -> Flips:
    """Return, for each row, few and cheap allowed changes after which the model predicts otherwise.

    Parameters
    ----------
    rows : ndarray of int or frame
        Row numbers of the subject, or the rows themselves.
    goal : int or None
        The class wanted; any other than now where None.
    most : int
        Features that the greedy search changes; starts from other rows may need more.
    """
    import numpy as np

    frame = subject.X.iloc[rows] if isinstance(rows, np.ndarray) else rows
    frame = frame.reset_index(drop=True)
    oracle = Oracle(subject, subject.predict(frame), goal)
    looked_at = _narrowed(oracle, frame, actions, rng)
    search = _Search(oracle, frame, looked_at, rng)
    if len(looked_at) and len(frame):
        # Labels alone do not say what brings a row nearer: after one change, other rows lead better than chance.
        search.greedy(most if oracle.graded else 1)
        search.from_others()
        search.pull_back()
    return search.outcome()


def _narrowed(oracle: Oracle, frame: pd.DataFrame, actions: Actions, rng: np.random.Generator) -> Actions:
    """Return the features worth looking at where there are many: those whose extremes move a few rows most."""
    import numpy as np

    from trustlab.explain.actions import Actions

    most = affordable_features(frame.shape[1])
    if len(actions) <= most or not len(frame):
        return actions
    rows = min(len(frame), FEWEST)
    affordable = CELLS_A_ROUND // (frame.shape[1] * rows * 2)
    order = rng.permutation(len(actions))
    tried = order[: max(affordable, most)]
    owner = np.tile(np.repeat(np.arange(rows), 2), tried.size)
    moved = frame.iloc[owner].reset_index(drop=True)
    for at, place in enumerate(tried):
        action = actions.actions[place]
        places = np.arange(at * 2 * rows, (at + 1) * 2 * rows)
        put(moved, action.name, places, np.tile(action.options[[0, -1]], rows))
    before = oracle.ask(frame.iloc[:rows], np.arange(rows))[1]
    effect = np.abs(oracle.ask(moved, owner)[1] - before[owner]).reshape(tried.size, -1).max(axis=1)
    chosen = np.sort(tried[np.argsort(-effect, kind="stable")[:most]])
    return Actions(tuple(actions.actions[place] for place in chosen), actions.fixed, actions.reference)


class _Search:
    """The state of a search over m rows."""

    def __init__(self, oracle: Oracle, frame: pd.DataFrame, actions: Actions, rng: np.random.Generator) -> None:
        import numpy as np

        m, j = len(frame), len(actions)
        self.oracle, self.frame, self.actions, self.rng = oracle, frame, actions, rng
        self.found = np.zeros(m, dtype=bool)
        self.changed = np.zeros((m, j), dtype=bool)
        self.cost = np.full(m, np.inf)
        self.best = frame.copy()

    def outcome(self) -> Flips:
        """Return what was found, confirmed by one more question about the rows themselves."""
        import numpy as np

        places = np.flatnonzero(self.found)
        if places.size:
            reached, _ = self.oracle.ask(self.best.iloc[places], places)
            if not reached.all():
                raise InputError("the model must answer alike when it is asked the same again; it did not")
        return Flips(self.found, self.best, self.changed, self.cost, self.actions, self.oracle.asked)

    def keep(self, owner: Ints, rows: pd.DataFrame, changed: Bools, cost: Floats) -> None:
        """Keep the first of the given rows of each owner, cheapest first."""
        import numpy as np

        order = np.lexsort((cost, changed.sum(axis=1)))
        _, first = np.unique(owner[order], return_index=True)
        chosen = order[first]
        at = owner[chosen]
        self.found[at], self.changed[at], self.cost[at] = True, changed[chosen], cost[chosen]
        self.best = self._replaced(self.best, at, rows.iloc[chosen])

    def greedy(self, most: int) -> None:
        """Change one feature more in every round, each row from several first features."""
        import numpy as np

        owner = np.arange(len(self.frame))
        state, changed = self.frame, self.changed.copy()
        for depth in range(most):
            lane, action, option = self._candidates(state, changed)
            if not lane.size:
                return
            moved = self._applied(state, lane, action, option)
            reached, score = self.oracle.ask(moved, owner[lane])
            taken = changed[lane]
            taken[np.arange(lane.size), action] = True
            if reached.any():
                hits = np.flatnonzero(reached)
                rows = moved.iloc[hits]
                self.keep(owner[lane[hits]], rows, taken[hits], self._costs(rows, owner[lane[hits]]))
            left = np.flatnonzero(~self.found[owner[lane]])
            if depth + 1 == most or not left.size:
                return
            onward = self._onward(owner[lane[left]] if depth == 0 else lane[left], action[left], score[left], depth)
            chosen = left[onward]
            owner = owner[lane[chosen]]
            state, changed = moved.iloc[chosen].reset_index(drop=True), taken[chosen]

    def _onward(self, lane: Ints, action: Ints, score: Floats, depth: int) -> Ints:
        """Return which candidates are gone on from: of each lane the best, at first those of several features."""
        import numpy as np

        order = np.lexsort((-score, lane))
        if depth:
            return order[np.unique(lane[order], return_index=True)[1]]
        _, first = np.unique(np.stack([lane[order], action[order]]), axis=1, return_index=True)
        best = np.sort(first)  # of each row and feature the best option; order puts the best features first
        count = np.zeros(len(self.frame), dtype=int)
        kept = []
        for place in best.tolist():
            if count[lane[order[place]]] < STARTS:
                count[lane[order[place]]] += 1
                kept.append(order[place])
        return np.asarray(kept, dtype=int)

    def _candidates(self, state: pd.DataFrame, changed: Bools) -> tuple[Ints, Ints, Ints]:
        """Return every allowed single change: lane, action and option."""
        import numpy as np

        found = []
        for at, action in enumerate(self.actions):
            old = cells(state, action)
            allowed = action.allowed(old[:, None], action.options[None, :]) & ~changed[:, at, None]
            lane, option = np.nonzero(allowed)
            found.append((lane, np.full(lane.size, at), option))
        lane, place, option = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return lane, place, option

    def _applied(self, state: pd.DataFrame, lane: Ints, action: Ints, option: Ints) -> pd.DataFrame:
        import numpy as np

        moved = state.iloc[lane].reset_index(drop=True)
        for at, one in enumerate(self.actions):
            places = np.flatnonzero(action == at)
            if places.size:
                put(moved, one.name, places, one.options[option[places]])
        return moved

    def _costs(self, rows: pd.DataFrame, owner: Ints) -> Floats:
        """Return the sum of each row's costs from what its owner was."""
        import numpy as np

        total = np.zeros(len(rows))
        before = self.frame.iloc[owner]
        for action in self.actions:
            cost = action.costs(cells(before, action), cells(rows, action))
            total += np.where(np.isfinite(cost), cost, 0.0)
        return total

    def from_others(self) -> None:
        """Give rows not turned the values of near rows predicted as wanted, and take back what is not needed."""
        import numpy as np

        from trustlab.stats.sampling import subsample

        left = np.flatnonzero(~self.found)
        subject, goal = self.oracle.subject, self.oracle.goal
        assert subject.y_pred is not None
        if not left.size:
            return
        pool = subsample(subject.n, 4 * DONOR_POOL, self.rng)
        codes = subject.y_pred[pool]
        others = pool[codes == goal] if goal is not None else pool
        others = others[:DONOR_POOL]
        if not others.size:
            return
        donors = subject.X.iloc[others].reset_index(drop=True)
        far = self.actions.distances(self.frame.iloc[left], donors)
        if goal is None:
            far[subject.y_pred[others][None, :] == self.oracle.now[left][:, None]] = np.inf
        nearest = np.argsort(far, axis=1, kind="stable")[:, :DONORS]
        owner = np.repeat(left, nearest.shape[1])
        rows, changed = self._with(self.frame.iloc[owner].reset_index(drop=True), donors.iloc[nearest.ravel()])
        reached, _ = self.oracle.ask(rows, owner)
        if reached.any():
            owner, rows, changed = owner[reached], rows[reached].reset_index(drop=True), changed[reached]
            rows, changed = self._taken_back(owner, rows, changed)
            self.keep(owner, rows, changed, self._costs(rows, owner))

    def _with(self, rows: pd.DataFrame, donors: pd.DataFrame) -> tuple[pd.DataFrame, Bools]:
        """Return the rows with the donors' values wherever those are allowed."""
        import numpy as np

        changed = np.zeros((len(rows), len(self.actions)), dtype=bool)
        for at, action in enumerate(self.actions):
            old, new = cells(rows, action), cells(donors, action)
            taken = action.allowed(old, new)
            changed[:, at] = taken
            places = np.flatnonzero(taken)
            if places.size:
                put(rows, action.name, places, new[places])
        return rows, changed

    def _taken_back(self, owner: Ints, rows: pd.DataFrame, changed: Bools) -> tuple[pd.DataFrame, Bools]:
        """Undo one change of each row in every round, the dearest that is not needed."""
        import numpy as np

        for _ in range(len(self.actions)):
            lane, action = np.nonzero(changed)
            tried = rows.iloc[lane].reset_index(drop=True)
            saved = np.zeros(lane.size)
            for at, one in enumerate(self.actions):
                places = np.flatnonzero(action == at)
                if places.size:
                    before = cells(self.frame.iloc[owner[lane[places]]], one)
                    saved[places] = one.costs(before, cells(tried.iloc[places], one))
                    put(tried, one.name, places, before)
            reached, _ = self.oracle.ask(tried, owner[lane])
            order = np.flatnonzero(reached)
            order = order[np.lexsort((-saved[order], lane[order]))]
            undone, first = np.unique(lane[order], return_index=True)
            if not undone.size:
                break
            chosen = order[first]
            changed[undone, action[chosen]] = False
            rows = self._replaced(rows, undone, tried.iloc[chosen])
        return rows, changed

    def _replaced(self, rows: pd.DataFrame, at: Ints, others: pd.DataFrame) -> pd.DataFrame:
        import numpy as np
        import pandas as pd

        rest = np.setdiff1d(np.arange(len(rows)), at)
        return pd.concat([rows.iloc[rest], others.set_axis(at)]).sort_index()

    def pull_back(self) -> None:
        """Bring changed numbers back towards where they were, one feature of each row after the other."""
        import numpy as np

        for turn in range(min(int(self.changed.sum(axis=1).max(initial=0)), MOST_PULLED)):
            numeric = np.array([action.kind != "category" for action in self.actions], dtype=bool)
            nth = np.cumsum(self.changed & numeric, axis=1) == turn + 1
            row, action = np.nonzero(nth & self.changed & numeric)
            if not row.size:
                return
            owner = np.repeat(row, PULLS - 1)
            tried = self.best.iloc[owner].reset_index(drop=True)
            share = np.tile(np.arange(1, PULLS) / PULLS, row.size)
            for at, one in enumerate(self.actions):
                places = np.flatnonzero(np.repeat(action, PULLS - 1) == at)
                if places.size:
                    before = cells(self.frame.iloc[owner[places]], one)
                    value = before + share[places] * (cells(tried.iloc[places], one) - before)
                    put(tried, one.name, places, np.round(value) if one.kind == "whole" else value)
            reached, _ = self.oracle.ask(tried, owner)
            order = np.flatnonzero(reached)
            nearer, first = np.unique(owner[order], return_index=True)
            if nearer.size:
                self.best = self._replaced(self.best, nearer, tried.iloc[order[first]])
                self.cost[nearer] = self._costs(self.best.iloc[nearer], nearer)
