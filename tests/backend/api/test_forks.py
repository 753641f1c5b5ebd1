"""`POST /api/runs/{id}/fork`: a run that continues another one, or the words why not."""

from __future__ import annotations

from typing import Any

import pytest

from backend.core.settings import Settings
from backend.store.database import Database
from backend.store.purge import purge_deleted
from tests.backend.store.test_forks import parent_of
from tests.support import factories as make


@pytest.fixture
def parent(database: Database, config: Settings) -> int:
    return parent_of(database, config, 4, 6)


def fork(client: Any, run: int, **body: Any) -> Any:
    return client.post(f"/api/runs/{run}/fork", json=body)


def test_a_fork_is_answered_as_a_run_and_named_by_its_parent(client: Any, parent: int) -> None:
    changes = {"method": {"name": "ols", "alpha": 0.9}, "optimizer.lr": 0.01}
    made = fork(client, parent, epoch=4, set=changes, name="colder")
    assert made.status_code == 201
    run = made.json()
    assert made.headers["location"] == f"/api/runs/{run['id']}"
    assert (run["name"], run["state"]) == ("colder", "queued")
    assert run["parent"] == {"run": parent, "epoch": 4}
    assert (run["spec"]["method"]["alpha"], run["spec"]["optimizer"]["lr"]) == (0.9, 0.01)
    assert client.get(f"/api/runs/{run['id']}").json() == run
    assert client.get("/api/runs").json()["runs"][0]["parent"] == run["parent"]
    (child,) = client.get(f"/api/runs/{parent}").json()["forks"]
    assert (child["id"], child["name"], child["epoch"]) == (run["id"], "colder", 4)
    metrics = client.get(f"/api/runs/{run['id']}/metrics").json()
    assert metrics["epochs"] == [1, 2, 3, 4]


def test_a_worker_is_nudged_once_it_is_there(
    client: Any, parent: int, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(
        "backend.api.forks.nudge", lambda _config: seen.append(make.claim(database).run_id)
    )
    number = fork(client, parent, epoch=4).json()["id"]
    assert seen == [number]


@pytest.mark.parametrize(
    ("body", "path", "words"),
    [
        ({}, "epoch", "field required"),
        ({"epoch": "4"}, "epoch", "valid integer"),
        ({"epoch": 0}, "epoch", "greater than or equal to 1"),
        ({"epoch": 7}, "epoch", "its last epoch is epoch 6"),
        ({"epoch": 6}, "set.epochs", "set 7 or above"),
        ({"epoch": 4, "set": {"model": "cifar_resnet18"}}, "set.model", "weights of this network"),
        ({"epoch": 4, "set": {"dataset": "cifar10"}}, "set.dataset", "images and classes"),
        ({"epoch": 4, "set": {"seed": 3}}, "set.seed", "start.seed"),
        ({"epoch": 4, "set": {"method.alpha": 7}}, "set.method.alpha", "less than or equal to 1"),
        ({"epoch": 4, "set": {"method": "olz"}}, "set.method", "unknown name 'olz'"),
        ({"epoch": 4, "set": {"optimiser.lr": 1}}, "set.optimiser", "unknown field"),
        ({"epoch": 4, "set": {"Method!": 1}}, "set.Method!", "pattern"),
        ({"epoch": 4, "start": {"order": "new"}}, "start.order", "'kept' or 'anew'"),
        ({"epoch": 4, "start": {"seed": 1, "order": "kept"}}, "start.seed", "nothing begins anew"),
        ({"epoch": 4, "spec": {}}, "spec", "unknown field"),
    ],
)
def test_what_does_not_fit_is_named_with_its_fix(
    client: Any, parent: int, body: dict[str, Any], path: str, words: str
) -> None:
    answer = fork(client, parent, **body)
    assert answer.status_code == 422, answer.text
    faults = {field["path"]: field["message"] for field in answer.json()["error"]["fields"]}
    assert words in str(faults.get(path)), faults
    assert len(client.get("/api/runs").json()["runs"]) == 1


def test_a_missing_checkpoint_is_409_and_can_be_trained_again(client: Any, parent: int) -> None:
    answer = fork(client, parent, epoch=3)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    assert "no checkpoint of epoch 3, only those of 4, 6" in answer.json()["error"]["message"]
    assert fork(client, parent, epoch=3, retrain=True).status_code == 201


def test_a_logged_or_a_deleted_run_has_nothing_to_fork(client: Any, parent: int) -> None:
    logged = client.post("/api/runs/logged", json={"config": {}}).json()["id"]
    answer = fork(client, logged, epoch=1)
    assert answer.status_code == 409
    assert "no checkpoint of it" in answer.json()["error"]["message"]
    assert fork(client, 99, epoch=1).status_code == 404
    client.delete(f"/api/runs/{parent}")
    assert fork(client, parent, epoch=4).status_code == 404


def test_the_page_of_a_fork_whose_parent_has_gone_is_whole(
    client: Any, parent: int, database: Database, config: Settings
) -> None:
    number = fork(client, parent, epoch=4).json()["id"]
    client.delete(f"/api/runs/{parent}")
    make.set_columns(database, parent, deleted_at=make.STARTED)
    assert purge_deleted(database, config) == [parent]
    page = client.get(f"/runs/{number}")
    assert page.status_code == 200
    assert f'continues <a href="/runs/{parent}">run #{parent}</a> after epoch 4' in page.text
    assert client.get(f"/api/runs/{number}/metrics").json()["epochs"] == [1, 2, 3, 4]


def test_a_sweep_of_forks_is_queued_whole_or_not_at_all(client: Any, parent: int) -> None:
    wishes = [
        {"epoch": 4, "set": {"method.alpha": alpha}, "start": {"seed": seed}}
        for alpha in (0.1, 0.5, 0.9)
        for seed in (0, 1, 2)
    ]
    answer = client.post(f"/api/runs/{parent}/forks", json={"forks": wishes})
    assert answer.status_code == 201
    made = answer.json()["runs"]
    assert [run["spec"]["method"]["alpha"] for run in made] == [0.1] * 3 + [0.5] * 3 + [0.9] * 3
    assert len({run["name"] for run in made}) == 9
    assert all(run["parent"] == {"run": parent, "epoch": 4} for run in made)
    wishes[7]["set"] = {"method.alpha": 9}
    answer = client.post(f"/api/runs/{parent}/forks", json={"forks": wishes})
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"][0]["path"] == "forks.7.set.method.alpha"
    assert len(client.get(f"/api/runs/{parent}").json()["forks"]) == 9


def test_a_sweep_of_forks_is_an_experiment_that_is_not_repeated_from_scratch(
    client: Any, parent: int
) -> None:
    wishes = [{"epoch": 4, "set": {"method.alpha": a, "epochs": 8}} for a in (0.1, 0.9)]
    number = client.post(f"/api/runs/{parent}/forks", json={"forks": wishes}).json()["experiment"]
    experiment = client.get(f"/api/experiments/{number}").json()
    assert (experiment["runs"], experiment["forks"]) == (2, parent)
    assert experiment["name"] == f"Forks of #{parent} at epoch 4: method.alpha"
    assert experiment["sweep"]["grid"] == {"method.alpha": [0.1, 0.9]}
    assert experiment["sweep"]["spec"]["epochs"] == 8
    assert client.post(f"/api/experiments/{number}/seeds", json={"seeds": 1}).status_code == 409
    page = client.get(f"/experiments/{number}").text
    assert f"Fork run {parent} again" in page
    assert "Add seeds" not in page
    assert client.get(f"/runs/new?experiment={number}").status_code == 404
    seeds = [{"epoch": 4, "start": {"seed": seed}} for seed in (1, 2)]
    answer = client.post(f"/api/runs/{parent}/forks", json={"forks": seeds}).json()
    assert client.get(f"/experiments/{answer['experiment']}").status_code == 200
    one = client.post(f"/api/runs/{parent}/forks", json={"forks": wishes[:1]}).json()
    assert one["experiment"] is None


def test_a_fork_at_the_last_epoch_is_proposed_to_train_longer(client: Any, parent: int) -> None:
    epochs = client.get(f"/api/runs/{parent}").json()["spec"]["epochs"]

    def proposed(epoch: int) -> str:
        page = client.get(f"/runs/{parent}/fork?epoch={epoch}").text
        control = page[page.index('name="epochs"') :]
        return control.split('value="')[1].split('"')[0]

    assert proposed(4) == str(epochs)
    assert proposed(epochs) == str(epochs + epochs // 2)


def test_who_deletes_a_parent_reads_that_its_forks_keep_what_they_need(
    client: Any, parent: int
) -> None:
    forks = [fork(client, parent, epoch=4, set={}).json()["id"] for _ in range(2)]
    answer = client.post("/api/runs/actions", json={"action": "delete", "ids": [parent]}).json()
    (result,) = answer["results"]
    assert result["message"].endswith(
        f" deleted. Its forks (#{forks[0]}, #{forks[1]}) keep what they need."
    )
    alone = client.post("/api/runs/actions", json={"action": "delete", "ids": forks[:1]}).json()
    assert "keep" not in alone["results"][0]["message"]


def test_a_fork_of_a_fork_begins_where_that_one_did_not(client: Any, parent: int) -> None:
    number = fork(client, parent, epoch=4).json()["id"]
    answer = fork(client, number, epoch=2)
    assert answer.status_code == 422
    assert f"fork run {parent} there" in answer.json()["error"]["message"]
