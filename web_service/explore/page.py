"""The page Explore: its doors, and what its templates are given."""

from typing import Any

from fastapi import APIRouter, Request, Response

from web_service.explore import charts, counting, download, drawing, selection
from web_service.explore.answer import Counted, Shown
from web_service.explore.links import Links
from web_service.explore.looking import Answers, Look, Looker
from web_service.explore.selection import SENTIMENTS
from web_service.pages.rendering import page
from web_service.problems import ProblemError
from web_service.service import Service

BARE = "bare"
"""In an address: the part alone, for a script that puts it into the page."""
LISTS = ("words", "tweets")


def router(service: Service) -> APIRouter:
    """The doors."""
    doors = APIRouter(include_in_schema=False)
    looker = Looker(service.settings, service.snapshots)

    @doors.get("/explore")
    async def explore(request: Request) -> Response:
        look = await looker.look(request)
        answers = await looker.answers(request, look)
        template = "explore_answers.html" if BARE in request.query_params else "explore.html"
        return _page(request, template, look, **_answers(look, answers))

    @doors.get("/explore/words")
    async def words(request: Request) -> Response:
        return await listed(request, "words")

    @doors.get("/explore/tweets")
    async def tweets(request: Request) -> Response:
        return await listed(request, "tweets")

    async def listed(request: Request, name: str) -> Response:
        look = await looker.look(request)
        found = await (looker.words if name == "words" else looker.tweets)(request, look)
        template = f"explore_{name}.html" if BARE in request.query_params else f"explore_{name}_page.html"
        return _page(request, template, look, listed=found, rows=found.shown.rows.to_pylist())

    @doors.get("/explore/csv/{chart}")
    async def csv(request: Request) -> Response:
        look = await looker.look(request)
        name = request.path_params["chart"]
        shown = await _chart(looker, request, look, name)
        headers = {
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-cache",
        }
        return Response(download.csv(shown.rows), media_type="text/csv; charset=utf-8", headers=headers)

    return doors


async def _chart(looker: Looker, request: Request, look: Look, name: str) -> Shown:
    if name in LISTS:
        return (await (looker.words if name == "words" else looker.tweets)(request, look)).shown
    answers = await looker.answers(request, look)
    shown = {**answers.shown, **answers.moved, **{f"other_{key}": each for key, each in answers.other_shown.items()}}
    if name not in shown:
        raise ProblemError(404, "no_chart", f"There is no chart of this name here: {', '.join([*shown, *LISTS])}.")
    return shown[name]


def _page(request: Request, template: str, look: Look, **values: Any) -> Response:
    return page(
        request,
        template,
        active="Explore",
        snapshot=look.snapshot,
        look=look,
        links=Links(request.scope.get("root_path", ""), look),
        chips=list(selection.chips(look.selection)),
        other_chips=list(selection.chips(look.other)) if look.other else [],
        sentiments=SENTIMENTS,
        confidence=charts.CONFIDENCE,
        **values,
    )


def _answers(look: Look, answers: Answers) -> dict[str, Any]:
    """What the template of the charts is given."""
    drawn = _drawn(answers.counted, answers.shown)
    return {
        "answers": answers,
        "counted": answers.counted,
        "totals": _only(answers.shown["totals"]),
        "rows": {name: each.rows.to_pylist() for name, each in answers.shown.items()},
        "drawn": drawn,
        "step": counting.step(look.selection),
        "other_totals": _only(answers.other_shown["totals"]) if answers.other_shown else None,
        "other_drawn": _drawn(answers.other, answers.other_shown) if answers.other and answers.other_shown else None,
        "difference": _only(answers.moved["difference"]) if answers.moved else None,
        "movers": answers.moved["movers"].rows.to_pylist() if answers.moved else [],
        "estimates": {name: answers.counted.share(name) for name in SENTIMENTS},
    }


def _drawn(counted: Counted, shown: dict[str, Shown]) -> drawing.Drawing:
    chosen = counted.selection
    return drawing.over_time(shown["over_time"].rows.to_pylist(), chosen, counting.step(chosen))


def _only(shown: Shown) -> dict[str, Any] | None:
    """The one row; None where nothing was selected."""
    rows = shown.rows.to_pylist()
    return rows[0] if rows else None
