"""Commands that a finding proposes: text of the data in them must stay text when somebody pastes them."""

from __future__ import annotations

READ_AS_CODE = frozenset('"\\`${}\n\r')  # by a shell or a notebook, within double quotes


def explain_rows(model: str, data: str, where: str) -> list[str]:
    """Return the command that explains a model's answers for the rows of an expression.

    None where a name or a value holds a sign that a shell or a notebook would read as code.
    """
    if READ_AS_CODE & set(f"{model}{data}{where}"):
        return []
    return [f'%trust explain {model} --data {data} --where "{where}"']
