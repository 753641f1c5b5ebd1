"""`/noise`: accuracy, calibration and memorisation against the share of wrong labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi.responses import Response

from backend.analysis.figures.noise import noise_figures
from backend.analysis.names import value_words
from backend.api.analysed_runs import AnalysedRunsFilter
from backend.api.noise import MOST_CURVES, Baseline, noise_of
from backend.api.params import Config, Db
from backend.pages.shared.choice import address, choice_of
from backend.pages.shared.context import Context, Option
from backend.pages.shared.render import page, queue_of
from backend.schemas.noise import NoiseReport
from backend.server.addresses import url
from backend.server.heavy_answers import LARGE
from backend.server.late_routes import Router

router = Router()


@dataclass(frozen=True)
class NoisePage(Context):
    """`/noise`"""

    template = "noise/page.html"
    choice: Any  # of backend.pages.shared.choice
    runs: int
    report: NoiseReport
    dataset: str
    others: list[tuple[str, int, str]]  # datasets that are not shown: title, runs, address
    figures: dict[str, Any]
    baselines: list[Option]
    address: str
    table: str
    most_curves: int
    more_rates: str  # the form, to train the same at other rates


@router.get("/noise", dependencies=[LARGE])
def noise_page(
    database: Db, config: Config, selection: AnalysedRunsFilter, baseline: Baseline = ""
) -> Response:
    """The pictures, with what one can say from them."""
    noise = noise_of(database, selection, baseline)
    with database.read() as session:
        queue, choice = queue_of(session, config), choice_of(session, selection)
    here = address(selection)
    others = [(name, value) for name, value in here if name != "dataset"]
    report = noise.report
    more = f"from={noise.runs[0]['id']}&" if noise.runs else ""
    return page(
        NoisePage(
            queue=queue,
            choice=choice,
            runs=len(noise.runs),
            report=report,
            dataset=value_words("dataset.name", noise.datasets[0][0]) if noise.datasets else "",
            others=[
                (value_words("dataset.name", name), count, urlencode([*others, ("dataset", name)]))
                for name, count in noise.datasets[1:]
            ],
            figures=noise_figures(report),
            baselines=[Option(m, value_words("method.name", m)) for m in report["methods"]],
            address=urlencode([*here, *([("baseline", baseline)] if baseline else [])]),
            table=urlencode([*here, ("rows", "dataset.name,noise.rate")]),
            most_curves=MOST_CURVES,
            more_rates=url(f"/runs/new?{more}vary=noise.rate"),
        )
    )
