from __future__ import annotations

import gzip
import io
from typing import Any

import numpy as np
import pytest

from backend.matrix import frames
from backend.store.database import Database
from tests.support import factories as make


@pytest.fixture
def run_id(database: Database) -> int:
    return make.trained(database, epochs=3, k=4)


def raw(client: Any, path: str, **headers: str) -> tuple[Any, bytes]:
    """The answer and its bytes as they came over the wire."""
    with client.stream("GET", path, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


def test_the_list(client: Any, run_id: int) -> None:
    found = client.get(f"/api/runs/{run_id}/matrices").json()
    assert [m["kind"] for m in found] == ["soft_labels", "confusion", "val_probs"]
    assert found[0]["epochs"] == [0, 1, 2, 3]
    assert found[0]["k"] == 4


@pytest.mark.parametrize(
    ("kind", "codec"), [("soft_labels", frames.U16LOG), ("confusion", frames.U32)]
)
def test_a_frame_leaves_as_it_is_stored(client: Any, run_id: int, kind: str, codec: str) -> None:
    path = f"/api/runs/{run_id}/matrices/{kind}/2"
    answer, body = raw(client, path, **{"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.ols.matrix"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["x-matrix-shape"] == "4,4"
    assert answer.headers["x-matrix-codec"] == codec
    assert answer.headers["cache-control"] == "no-cache"
    assert "Accept" in answer.headers["vary"]
    assert "Accept-Encoding" in answer.headers["vary"]
    expected = make.report(2, k=4).matrices[kind]
    np.testing.assert_allclose(frames.decode(body, codec, (4, 4)), expected, rtol=1.3e-4)

    plain, unpacked = raw(client, path, **{"Accept-Encoding": "identity"})
    assert unpacked == gzip.decompress(body)
    assert plain.headers.get("content-encoding", "identity") == "identity"
    assert plain.headers["etag"] != answer.headers["etag"]


def test_an_npy_by_accept_or_by_query(client: Any, run_id: int) -> None:
    path = f"/api/runs/{run_id}/matrices/confusion/3"
    for answer in (
        client.get(path, headers={"Accept": "application/x-npy"}),
        client.get(f"{path}?format=npy"),
    ):
        matrix = np.load(io.BytesIO(answer.content), allow_pickle=False)
        assert matrix.dtype == np.float32
        np.testing.assert_array_equal(matrix, make.report(3, k=4).matrices["confusion"])
        assert answer.headers["content-type"] == "application/x-npy"


def test_a_known_version_is_cached_for_ever(client: Any, run_id: int) -> None:
    version = client.get(f"/api/runs/{run_id}/matrices").json()[0]["versions"][2]
    path = f"/api/runs/{run_id}/matrices/soft_labels/2"
    assert "immutable" in client.get(f"{path}?v={version}").headers["cache-control"]
    assert client.get(f"{path}?v=old").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("form", ["gzip", "identity", "npy"])
@pytest.mark.parametrize("path", ["soft_labels/2", "soft_labels/class/1"])
def test_an_unchanged_matrix_is_304(client: Any, run_id: int, path: str, form: str) -> None:
    address = f"/api/runs/{run_id}/matrices/{path}" + ("?format=npy" if form == "npy" else "")
    headers = {"Accept-Encoding": "identity" if form == "identity" else "gzip"}
    etag = client.get(address, headers=headers).headers["etag"]
    for tags in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = client.get(address, headers={**headers, "If-None-Match": tags})
        assert answer.status_code == 304
        assert answer.headers["etag"] == etag
        assert answer.content == b""
        assert "vary" in answer.headers
    other = client.get(address, headers={**headers, "If-None-Match": '"other"'})
    assert other.status_code == 200


def test_one_class_over_all_epochs(client: Any, run_id: int) -> None:
    path = f"/api/runs/{run_id}/matrices/confusion/class/2"
    answer, body = raw(client, path, **{"Accept-Encoding": "gzip"})
    assert answer.headers["x-matrix-shape"] == "3,4"
    assert answer.headers["x-matrix-epochs"] == "1,2,3"
    values = frames.decode(body, answer.headers["x-matrix-codec"], (3, 4))
    expected = [make.report(epoch, k=4).matrices["confusion"][2] for epoch in (1, 2, 3)]
    np.testing.assert_array_equal(values, expected)
    npy = client.get(f"{path}?format=npy")
    np.testing.assert_array_equal(np.load(io.BytesIO(npy.content)), expected)


@pytest.mark.parametrize(
    "path",
    [
        "soft_labels/9",
        "soft_labels/x",
        f"soft_labels/{2**63}",
        "nope/1",
        "soft_labels/class/4",
        "soft_labels/class/x",
        "nope/class/0",
    ],
)
def test_what_is_not_there(client: Any, run_id: int, path: str) -> None:
    answer = client.get(f"/api/runs/{run_id}/matrices/{path}")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
    assert client.get(f"/api/runs/999/matrices/{path}").status_code == 404


def test_a_table_has_class_names_on_both_sides(client: Any, run_id: int) -> None:
    answer = client.get(f"/api/runs/{run_id}/matrices/confusion/3?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    name = f"run-{run_id}-confusion-epoch-3.csv"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    lines = answer.text.splitlines()
    assert lines[0] == ",c0,c1,c2,c3"
    counts = make.report(3, k=4).matrices["confusion"]
    assert lines[2] == "c1," + ",".join(map(str, counts[1]))
    strip = client.get(f"/api/runs/{run_id}/matrices/confusion/class/2?format=csv").text
    assert [line.split(",")[0] for line in strip.splitlines()] == ["", "1", "2", "3"]


def test_a_preview_costs_one_query_and_a_whole_frame_two(client: Any) -> None:
    database = client.app.state.database
    path = f"/api/runs/{make.trained(database, epochs=1, k=257)}/matrices/soft_labels/1"
    for query, shape, count in (("?preview=1", "129,129", 1), ("", "257,257", 2)):
        with make.counted(database) as statements:
            answer = client.get(path + query)
        assert answer.headers["x-matrix-shape"] == shape
        assert len(statements) == count
