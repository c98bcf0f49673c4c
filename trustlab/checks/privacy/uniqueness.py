"""Can a person be singled out by what others know of them?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Column, Columns, Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Distribution, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import pandas as pd

    from trustlab.stats.anonymity import Step
    from trustlab.stats.arrays import Ints

ID = "privacy.uniqueness"
BANDS = ((1, 1), (2, 2), (3, 4), (5, 10), (11, 50), (51, 500), (501, None))
MOST_GUESSED = 12
SEARCHED_ROWS = 50_000
STEPS = 5


@operation(
    "check",
    "Uniqueness of the rows",
    threshold=Threshold(
        None,
        None,
        source="Who may see the rows decides how large a crowd must be. European Medicines Agency (Policy 0070, "
        "external guidance): a chance of 0.09, about one in a crowd of 11, for reports made public. Shown, not judged",
    ),
    references=(
        "Sweeney (2002). k-anonymity: a model for protecting privacy. IJUFKS 10",
        "Machanavajjhala et al. (2007). l-diversity: privacy beyond k-anonymity. ACM TKDD 1",
        "Li, Li and Venkatasubramanian (2007). t-closeness. ICDE",
        "Skinner and Elliot (2002). A measure of disclosure risk for microdata. JRSS B 64",
        "Article 29 Working Party (2014). Opinion 05/2014 on anonymisation techniques",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved"},
)
def uniqueness(
    subject: Subject,
    quasi: Columns = None,
    confidential: Column = None,
    k: Annotated[int, Range(2, 10_000), Unit("rows")] = 11,
    population: Annotated[int | None, Range(1), Unit("rows")] = None,
    *,
    context: Context,
) -> Result:
    """Can a person be singled out by what others know of them?

    Rows that share the values of all quasi-identifiers (what others may know: age, sex, postcode) form a crowd. k is
    its size; l how many different confidential values it holds, for a crowd that agrees tells them without anybody
    being singled out; t how far its distribution of them is from that of all rows. A row that is unique here need not
    be unique in the population, if the rows are a sample of it. These are figures of the table, not of the model: they
    matter to who gets to see rows, or to how easily an attack on the model is checked.

    In plain words
    --------------
    Some people can be picked out of the data by what others know of them.

    What to do
    ----------
    Make the quasi-identifiers coarser (bands of age, regions) until every crowd is large enough, before the data are
    shared.

    Parameters
    ----------
    subject : Subject
        The rows, with all their columns.
    quasi : columns
        The quasi-identifiers; where not given, the sensitive attributes and the columns whose names have a word such
        as age, sex, region or education.
    confidential : column
        What must not be told of a person; the target where not given.
    k : int
        The crowd that is large enough.
    population : int
        Of how many people the rows are a random sample; shown as a chance where given.
    context : Context
        Draws rows for the search of the shortest combination.

    Returns
    -------
    Result
        Value: the share of rows in a crowd of fewer than ``k``. Views: ``crowds`` (the picture), ``risks`` (k, l, t),
        ``combination`` (columns that single out, greedily) and ``quasi`` (what was taken).
    """
    import numpy as np

    from trustlab.checks.privacy._columns import whole_frame
    from trustlab.stats.anonymity import combine, crowd

    frame = whole_frame(subject)
    chosen = _chosen(subject, frame, quasi)
    if not chosen:
        return not_applicable("no column's name says what others know of a person; name the columns (--quasi age,sex)")
    coded = {name: _codes(frame[name]) for name in chosen}
    group = combine(np.stack(list(coded.values())))
    sizes = crowd(group)
    small, alone = float((sizes < k).mean()), int((sizes == 1).sum())
    secret = confidential or subject.target
    steps, searched = _search(coded, context)
    guessed = "" if quasi is not None else " (guessed from their names)"
    return Result(
        reason=f"By {', '.join(map(str, chosen))}{guessed}, {alone:,} of {len(frame):,} rows "
        f"({alone / len(frame):.1%}) are unique and {small:.1%} share their values with fewer than {k - 1} others. "
        f"{'Unique here is not unique among all people.' if population is None else _chance(sizes, population)}",
        value=small,
        unit="share of rows",
        n=len(frame),
        views=[
            _crowds(sizes),
            _risks(group, sizes, frame, secret, population, k),
            _combination(steps, searched),
            _taken(coded, quasi),
        ],
        advice=["Coarser values (bands of age, larger regions) make larger crowds."] if alone else (),
    )


def _chosen(subject: Subject, frame: pd.DataFrame, quasi: Any) -> list[Any]:
    from trustlab.checks.privacy._columns import is_quasi
    from trustlab.models.labels import column_of

    if quasi is not None:
        names = [part.strip() for part in quasi.split(",") if part.strip()] if isinstance(quasi, str) else list(quasi)
        for name in names:
            column_of(frame, name, "quasi", subject.dataset.name)
        return list(dict.fromkeys(names))
    sensitive = [] if subject.sensitive is None else [n for n in subject.sensitive.columns if n in frame.columns]
    words = [name for name in frame.columns if is_quasi(name) and name != subject.target]
    return list(dict.fromkeys([*sensitive, *words]))[:MOST_GUESSED]


def _codes(column: pd.Series) -> Ints:
    """Return a code per value; missing is a value like any other."""
    import numpy as np
    import pandas as pd

    plain = column if pd.api.types.is_numeric_dtype(column) else column.astype(object).map(str, na_action="ignore")
    return np.asarray(pd.factorize(plain, use_na_sentinel=False)[0], np.int64)


def _search(coded: dict[Any, Ints], context: Context) -> tuple[list[Step], int]:
    import numpy as np

    from trustlab.stats.anonymity import singling_out
    from trustlab.stats.sampling import subsample

    n = len(next(iter(coded.values())))
    rows = np.asarray(subsample(n, SEARCHED_ROWS, context.rng(ID)))
    return singling_out({name: codes[rows] for name, codes in coded.items()}, STEPS), int(rows.size)


def _chance(sizes: Ints, population: int) -> str:
    from trustlab.stats.anonymity import match_chance

    chance = match_chance(sizes, min(sizes.size / population, 1.0))
    if chance != chance:  # no row is unique
        return "No row is unique."
    return f"Who is unique here is the only one among {population:,} people with a chance of about {chance:.0%}."


def _crowds(sizes: Ints) -> Distribution:
    rows = []
    for low, high in BANDS:
        inside = (sizes >= low) & (sizes <= (high or sizes.size))
        name = (
            f"{low} (unique)" if low == 1 else f"{low}" if low == high else f"{low} to {high}" if high else f"{low} up"
        )
        rows.append((name, float(inside.mean())))
    return Distribution(
        name="crowds",
        title="Rows, by how many share their values",
        columns=("rows alike", "share of rows"),
        rows=rows,
    )


def _risks(group: Ints, sizes: Ints, frame: pd.DataFrame, secret: Any, population: int | None, k: int) -> Table:
    import numpy as np

    from trustlab.stats.anonymity import closeness, diversity, match_chance

    crowds = int(group.max()) + 1
    rows: list[tuple[Any, ...]] = [
        ("crowds", crowds, "different combinations of values"),
        ("k", int(sizes.min()), "rows in the smallest crowd"),
        ("share unique", float((sizes == 1).mean()), "rows that are alone"),
        (f"share below {k}", float((sizes < k).mean()), "rows in smaller crowds"),
        ("mean chance to be named", crowds / sizes.size, "if every row is looked for, and one of its crowd guessed"),
    ]
    if secret is not None and secret in frame.columns:
        values = _codes(frame[secret])
        kinds, far = diversity(group, values), closeness(group, values)
        agree = float((kinds[group] == 1).mean())
        rows += [
            ("l", int(kinds.min()), f"different values of {secret} in the least diverse crowd"),
            ("share of one value", agree, f"rows whose crowd agrees on {secret}, which is told by it"),
            ("t", float(far.max()), f"largest distance of a crowd's {secret} from that of all rows, 0 to 1"),
            ("median t", float(np.median(far[group])), "of the rows"),
        ]
    if population is not None:
        chance = match_chance(sizes, min(sizes.size / population, 1.0))
        rows.append(("chance of a true match", chance, f"of a unique row, among {population:,} people"))
    return Table(name="risks", title="k, l and t", columns=("measure", "value", "meaning"), rows=rows)


def _combination(steps: list[Step], searched: int) -> Table:
    rows = [(str(step.column), step.unique, step.unique / searched) for step in steps]
    return Table(
        name="combination",
        title="Columns that single out, one after the other",
        columns=("and", "unique rows", "share"),
        rows=rows,
        units={"unique rows": "rows", "share": "share of rows"},
        caption=f"Each adds the column that leaves most rows alone, among {searched:,} rows; another set of as many "
        "may do better.",
    )


def _taken(coded: dict[Any, Ints], quasi: Any) -> Table:
    why = "named" if quasi is not None else "guessed from its name, or sensitive"
    rows = [(str(name), int(codes.max(initial=-1)) + 1, why) for name, codes in coded.items()]
    return Table(
        name="quasi",
        title="Taken for quasi-identifiers",
        columns=("column", "different values", "why"),
        rows=rows,
    )
