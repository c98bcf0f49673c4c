"""``trust dashboard serve``."""

from __future__ import annotations

from typing import Annotated, Literal

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Positional, Range, Unit
from trustlab.core.result import Outcome


@operation(
    "verb",
    "Dashboard server",
    cost="minutes",
    random=False,
    example={"name": "verdict", "port": 0, "token": "", "check": True},
)
def serve(
    name: Annotated[str, Positional()],
    about: str | None = None,
    port: Annotated[int, Range(0, 65535)] = 8866,
    ip: str = "127.0.0.1",
    base_url: str = "/",
    token: str | None = None,
    pool: Annotated[int, Range(0, 32), Unit("kernels")] = 2,
    theme: Literal["light", "dark"] = "light",
    check: bool = False,
    *,
    context: Context,
) -> Outcome:
    """Serve a page for stakeholders through Voilà, as the workspace is when they look, until Ctrl-C.

    No code is shown or taken, and what the page holds asks no other server for anything.

    Parameters
    ----------
    name : str
        Which page; trust dashboard list names them.
    about : str
        The model or repo that it begins with; where not given, the page chooses one, and says so.
    port : int
        Where to listen; 0 takes any free port.
    ip : str
        The address to listen on; 0.0.0.0 lets other machines in, with the token.
    base_url : str
        The path below which it is served, as a hub or a proxy wants it, such as /user/ann/.
    token : str
        What a reader must bring; made anew where not given. Empty: nobody is asked, on this machine only.
    pool : int
        How many kernels are kept warm, each for one reader; 0 starts one when somebody comes.
    theme : str
        The colours.
    check : bool
        Only say whether it could be served.
    """
    from trustlab.dashboards.catalog import get, notebook
    from trustlab.dashboards.serving import planned
    from trustlab.dashboards.serving import serve as run_voila
    from trustlab.pipelines.interrupts import termination_as_interrupt

    workspace, found = context.workspace, get(name)
    plan = planned(
        notebook(found.name),
        workspace.root,
        about=about,
        ip=ip,
        port=port,
        base_url=base_url,
        token=token,
        pool=pool,
        theme=theme,
    )
    told = {"dashboard": name, "about": about, "base_url": plan.base_url, "pool": pool, "theme": theme}
    if check:
        return Outcome(payload={**told, "served": False}, summary=f"{name} can be served: {found.title}")
    try:
        with termination_as_interrupt():
            run_voila(plan, context.notice)
    except KeyboardInterrupt:
        return Outcome(payload={**told, "served": True}, summary=f"{name} is served no more; every kernel has ended")
    return Outcome(payload={**told, "served": True})
