"""What every agent may ask: list, show, compare, tabulate with tests, audit. Nothing changes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from mcp.server.mcpserver import MCPServer
from mcp_types import ToolAnnotations
from pydantic import Field

from backend.agents.answers import detail, difference, marked, row
from backend.agents.lab import LabApi
from ols.spec.metrics import ACCURACY

MOST_RUNS = 100
READING = ToolAnnotations(read_only_hint=True, open_world_hint=False)

Json = dict[str, Any]
Run = Annotated[int, Field(ge=1, description="The run's number.")]
RunNumbers = Annotated[list[int], Field(min_length=1, max_length=20, description="Runs' numbers.")]
Texts = list[str] | None
Conditions = Annotated[
    Texts,
    Field(description="Such as `spec.noise.rate>=0.2`, `val_top1.last>0.9` or `config.lr<0.1`."),
]


def add_tools(server: MCPServer[Any], lab: LabApi) -> None:
    """Registers them."""

    @server.tool(annotations=READING)
    async def list_runs(
        where: Conditions = None,
        state: Annotated[Texts, Field(description="queued, running, finished, ...")] = None,
        method: Texts = None,
        dataset: Texts = None,
        owner: Texts = None,
        tag: Texts = None,
        search: Annotated[str, Field(description="In names, tags and notes.")] = "",
        metrics: Annotated[Texts, Field(description="Shown of each run.")] = None,
        sort: Annotated[
            str, Field(description="`-id`, `val_top1.last`, `-created_at`, ...")
        ] = "-id",
        limit: Annotated[int, Field(ge=1, le=MOST_RUNS)] = 20,
        cursor: Annotated[str, Field(description="`next_cursor` of the answer before.")] = "",
    ) -> Json:
        """Runs that all conditions let through, with the metrics asked for."""
        answer = await lab.get(
            "/api/runs",
            where=where,
            state=state,
            method=method,
            dataset=dataset,
            owner=owner,
            tag=tag,
            q=search,
            sort=sort,
            limit=limit,
            cursor=cursor,
        )
        shown = metrics or [ACCURACY, "val_ece"]
        rows = [row(run, shown) for run in answer["runs"]]
        return {"runs": rows, "next_cursor": answer["next_cursor"]}

    @server.tool(annotations=READING)
    async def show_run(run: Run) -> Json:
        """One run: its whole configuration, last and best values, what they say in a sentence, and
        the code and machine of its last attempt."""
        shown = await lab.get(f"/api/runs/{run}")
        verdict = await lab.get(f"/api/runs/{run}/verdict")
        origins = (await lab.get(f"/api/runs/{run}/origin"))["origins"][:1]
        for origin in origins:
            del origin["packages"]
        return {**detail(shown), "verdict": verdict["sentence"], "origin": marked(origins)}

    @server.tool(annotations=READING)
    async def show_metrics(
        run: Run,
        names: Annotated[list[str], Field(min_length=1, max_length=10)],
        most: Annotated[int, Field(ge=2, le=500, description="Points per curve.")] = 50,
    ) -> Json:
        """Curves over epochs, thinned by their lowest and highest values."""
        path = f"/api/runs/{run}/metrics"
        return dict(await lab.get(path, names=",".join(names), max_points=most))

    @server.tool(annotations=READING)
    async def compare_runs(runs: RunNumbers) -> Json:
        """In which settings, code and packages runs differ, and their last and best values."""
        numbers = ",".join(map(str, runs))
        answer = await lab.get("/api/compare", runs=numbers)
        return {
            "runs": runs,
            "settings": [difference(each) for each in answer["differences"]],
            "code_and_machine": answer["origins"],
            "results": marked(answer["summary"]),
        }

    @server.tool(annotations=READING)
    async def tabulate(
        rows: Annotated[
            Texts, Field(description="Fields whose values are rows: dataset.name, noise.rate.")
        ] = None,
        columns: Annotated[Texts, Field(description="Likewise: method.name.")] = None,
        metric: str = ACCURACY,
        which: Literal["last", "best", "last_ten"] = "last",
        baseline: Annotated[str, Field(description="A column's value, such as `hard`.")] = "",
        where: Conditions = None,
        tag: Texts = None,
        experiment: Annotated[int | None, Field(description="An experiment's number.")] = None,
    ) -> Json:
        """Mean, standard deviation and n over seeds in each cell, and tests against the baseline:
        Welch's t and a paired bootstrap, p-values corrected after Holm."""
        return dict(
            marked(
                await lab.get(
                    "/api/table",
                    rows=rows,
                    columns=columns,
                    metric=metric,
                    which=which,
                    baseline=baseline,
                    where=where,
                    tag=tag,
                    experiment=experiment,
                )
            )
        )

    @server.tool(annotations=READING)
    async def audit_labels(
        run: Run,
        score: Literal["soft_label", "self_confidence", "aum", "mean_confidence"] = "soft_label",
        limit: Annotated[int, Field(ge=1, le=100)] = 20,
    ) -> Json:
        """Training samples whose labels look wrong, the most suspicious first, and the estimated
        share of wrong labels."""
        path = f"/api/runs/{run}/audit"
        found = await lab.get(path, score=score, limit=limit)
        return {
            "summary": await lab.get(f"{path}/summary", score=score),
            "samples": marked(found["samples"]),
        }
