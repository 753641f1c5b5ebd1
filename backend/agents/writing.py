"""What an agent may change, and no more of it than a person said: `--write --runs N`."""

from __future__ import annotations

from typing import Annotated, Any

import anyio
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from backend.agents.answers import detail
from backend.agents.lab import LabApi
from backend.agents.reading import Json, Run

WRITING = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
TAG = "agent"  # of all runs that an agent submits


def add_tools(server: MCPServer[Any], lab: LabApi, budget: int) -> None:
    """Registers them; `budget`: how many runs this server submits in all."""
    left = budget
    turn = anyio.Lock()  # two calls at once may not both take the last run

    @server.tool(annotations=WRITING)
    async def submit_run(
        spec: Annotated[
            dict[str, Any],
            Field(
                description='As `show_run` answers it, or {"method": "ols", "dataset": "digits"}.'
            ),
        ],
        name: str = "",
    ) -> Json:
        """Queues a run, within the budget that a person set. It is tagged `agent`."""
        nonlocal left
        async with turn:
            if left < 1:
                raise ToolError(
                    f"The budget of {budget} runs is used up. A person can start this server again "
                    "with a larger --runs."
                )
            run = await lab.post("/api/runs", {"spec": spec, "name": name or None, "tags": [TAG]})
            left -= 1
        return {**detail(run), "runs_left": left}

    @server.tool(annotations=WRITING)
    async def cancel_run(run: Run) -> Json:
        """Asks a run that an agent submitted to stop; what it has measured stays."""
        tags = (await lab.get(f"/api/runs/{run}"))["tags"]
        if TAG not in tags:
            raise ToolError(
                f"Run {run} was not submitted by an agent (it lacks the tag `{TAG}`); ask a person."
            )
        return detail(await lab.post(f"/api/runs/{run}/cancel"))

    @server.tool(annotations=WRITING)
    async def add_note(
        run: Run,
        text: Annotated[str, Field(min_length=1, max_length=5000, description="Markdown.")],
    ) -> Json:
        """Appends to a run's notes; what people wrote stays."""
        notes = (await lab.get(f"/api/runs/{run}"))["notes"]
        added = f"**Agent:** {text}"
        whole = f"{notes}\n\n{added}" if notes else added
        return detail(await lab.patch(f"/api/runs/{run}", {"notes": whole}))
