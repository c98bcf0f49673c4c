"""The Tab key in a real kernel, as JupyterLab asks it."""

from __future__ import annotations

import pytest

from trustlab.surfaces.tab import before_cursor


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("%trust ", ""),
        ("%trust audit le", "audit le"),
        ("  x = %trust data", "data"),
        ("a, b['k'] = %trust data", "data"),
        ("!trust data", "data"),
        ("%%trust train --r", "train --r"),
        ("\n%%trust train", "train"),
        ("print(1)\n%trust model", "model"),
        ("%trust audit \\\n  --d", "audit     --d"),
        ("%trust", None),
        ("%trusty x", None),
        ("print('%trust x", None),
        ("%%trust train\n%trust da", None),
        ("%%time\n%trust da", "da"),
        ("", None),
    ],
)
def test_only_on_a_line_of_the_magic(text, said):
    lines = text.split("\n")
    assert before_cursor(text, len(lines) - 1, len(lines[-1])) == said


@pytest.mark.timeout(180)
def test_a_kernel_completes_words_refs_models_columns_and_variables(playground):
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3", cwd=str(playground))
    try:

        def ran(code):
            reply = client.execute_interactive(code, timeout=90)
            assert reply["content"]["status"] == "ok", reply["content"]

        def tab(code, at=None):
            told = client.complete(code, len(code) if at is None else at, reply=True, timeout=60)["content"]
            return told["matches"], code[told["cursor_start"] : told["cursor_end"]]

        ran("%load_ext trustlab\nimport sys")
        assert tab("%trust pip") == (["pipeline"], "pip")
        assert tab("%trust data ch") == (["checkout"], "ch")
        assert tab("y = %trust audit lender --sens") == (["--sensitive"], "--sens")
        assert tab("%trust audit lender --data loans@m") == (["loans@main"], "loans@m")
        assert tab("%trust audit lender@") == (["lender@1", "lender@champion"], "lender@")
        assert tab("%trust audit lender --data loans@main --sensitive=race,re") == (["race,region"], "race,re")
        assert tab("%%trust train --task bin") == (["binary"], "bin")
        assert tab("import math\n%trust data cat loans@main:lo") == (["loans@main:loans.csv"], "loans@main:lo")
        ran("heavy = [name for name in ('torch', 'pandas', 'mlflow') if name in sys.modules]\nassert not heavy, heavy")
        ran("import pandas as pd\nframe = pd.DataFrame({'x y': [1], 'odd': [2]})")
        assert tab("%trust train --data fra") == (["frame"], "fra")
        assert tab("%trust train --data frame --target 'x") == (["'x y'"], "'x")
        assert "print" in tab("pri")[0], "elsewhere the kernel completes as ever"
        ran("%unload_ext trustlab")
        assert tab("%trust pip")[0] != ["pipeline"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
