"""Matrices and sample images that a loop sends."""

from __future__ import annotations

import gzip
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from backend.store.database import Database
from tests.backend.api.test_logged import begin, refused

NAMES = ["cat", "dog", "owl"]


def npy(matrix: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, matrix)
    return buffer.getvalue()


def put(client: Any, path: str, matrix: Any, **headers: str) -> Any:
    return client.put(path, content=npy(matrix), headers=headers)


def strip(kind: str, tiles: int = 4, size: int = 8, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (tiles * size, size), (9, 9, 200)).save(buffer, kind, **options)
    return buffer.getvalue()


def read(client: Any, path: str) -> np.ndarray:
    return np.load(io.BytesIO(client.get(f"{path}?format=npy").content))


def test_shares_are_kept_as_trained_runs_are(client: Any) -> None:
    run = begin(client, classes=NAMES)["id"]
    soft = np.array([[0.5, 0.25, 0.25], [0, 1, 0], [1e-3, 1e-5, 0.99]])
    path = f"/api/runs/{run}/matrices/soft_labels/0"
    stored = put(client, path, soft)
    assert stored.status_code == 201, stored.text
    assert (stored.json()["codec"], stored.json()["k"]) == ("u16log-shuffle", 3)
    assert np.allclose(read(client, path), soft, rtol=1.4e-4, atol=1e-7)
    assert client.get(f"/api/runs/{run}/matrices").json() == [
        {"kind": "soft_labels", "epochs": [0], "versions": [stored.json()["version"]], "k": 3}
    ]
    assert client.get(f"/runs/{run}").status_code == 200


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("kind", ["<f4", ">f4", "<f8", ">f8"])
def test_any_other_values_are_kept_exactly(client: Any, kind: str, order: Any) -> None:
    run = begin(client)["id"]
    matrix = np.array([[np.nan, -1.5], [3e30, 0.1]], dtype=kind, order=order)
    path = f"/api/runs/{run}/matrices/gradients_2/7"
    assert put(client, path, matrix).json()["codec"] == "f32-shuffle"
    frame = client.get(path)
    assert frame.headers["X-Matrix-Codec"] == "f32-shuffle"
    assert np.array_equal(read(client, path), matrix.astype("f4"), equal_nan=True)


def test_a_matrix_again_replaces_and_gzip_is_taken(client: Any) -> None:
    run = begin(client)["id"]
    path = f"/api/runs/{run}/matrices/soft_labels/1"
    first = put(client, path, np.eye(4)).json()
    packed = gzip.compress(npy(np.full((4, 4), 0.25)))
    second = client.put(path, content=packed, headers={"Content-Encoding": "gzip"}).json()
    assert first["version"] != second["version"]
    assert np.allclose(read(client, path), 0.25, rtol=1.4e-4)
    assert client.get(f"/api/runs/{run}/matrices").json()[0]["epochs"] == [1]


def test_a_class_over_epochs_of_both_codecs(client: Any) -> None:
    run = begin(client)["id"]
    rng = np.random.default_rng(0)
    matrices = [rng.random((80, 80)), rng.normal(size=(80, 80)), rng.random((80, 80))]
    for epoch, matrix in enumerate(matrices):
        put(client, f"/api/runs/{run}/matrices/own/{epoch}", matrix)
    rows = read(client, f"/api/runs/{run}/matrices/own/class/79")
    assert np.allclose(rows, [matrix[79] for matrix in matrices], rtol=1.4e-4, atol=1e-7)


def test_a_large_matrix_has_a_preview_without_gaps(client: Any) -> None:
    run = begin(client)["id"]
    matrix = np.full((600, 600), np.nan)
    matrix[5, 5] = 7
    path = f"/api/runs/{run}/matrices/own/1"
    put(client, path, matrix)
    preview = client.get(f"{path}?preview=1&format=npy").content
    small = np.load(io.BytesIO(preview))
    assert small.shape == (200, 200)
    assert small[1, 1] == 7
    assert np.isnan(small).sum() == 200 * 200 - 1


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        (np.zeros((3, 4)), "square"),
        (np.zeros(9), "square"),
        (np.zeros((2, 2, 2)), "square"),
        (np.zeros((1025, 1025)), "at most 1,024"),
        (np.zeros((0, 0)), "at least 1"),
        (np.zeros((3, 3), np.int64), "float32 or float64"),
        (np.zeros((3, 3), np.float16), "float32 or float64"),
        (np.zeros((3, 3), complex), "float32 or float64"),
        (np.zeros((2, 2), [("a", "f4")]), "float32 or float64"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value.shape),
)
def test_matrices_that_are_refused(client: Any, matrix: Any, said: str) -> None:
    run = begin(client)["id"]
    assert said in refused(put(client, f"/api/runs/{run}/matrices/own/1", matrix), 422, "body")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\x09\x00",
        npy(np.eye(3))[:-1],
        npy(np.eye(3)) + b"0",
        npy(np.eye(3)).replace(b"(3, 3)", b"(9, 9)"),
        npy(np.eye(3)).replace(b"'descr'", b"'d\xff\xff\xff\xff'"),
        npy(np.array([[object()]])),
    ],
    ids=range(8),
)
def test_files_that_are_no_matrix(client: Any, body: bytes) -> None:
    run = begin(client)["id"]
    refused(client.put(f"/api/runs/{run}/matrices/own/1", content=body), 422, "body")


def test_k_is_fixed_per_kind(client: Any) -> None:
    run = begin(client)["id"]
    assert put(client, f"/api/runs/{run}/matrices/own/1", np.eye(3)).status_code == 201
    changed = put(client, f"/api/runs/{run}/matrices/own/2", np.eye(4))
    assert "k = 3" in refused(changed, 422, "body")
    assert put(client, f"/api/runs/{run}/matrices/other/2", np.eye(4)).status_code == 201
    assert put(client, f"/api/runs/{run}/matrices/own/1", np.eye(4)).status_code == 201


def test_where_nothing_can_be_put(client: Any, database: Database) -> None:
    run = begin(client)["id"]
    assert put(client, f"/api/runs/{run}/matrices/Upper/1", np.eye(3)).status_code == 404
    refused(put(client, f"/api/runs/{run}/matrices/own/100001", np.eye(3)), 422, "epoch")
    assert put(client, f"/api/runs/{run + 1}/matrices/own/1", np.eye(3)).status_code == 404
    client.post(f"/api/runs/{run}/finish", json={"state": "finished"})
    refused(put(client, f"/api/runs/{run}/matrices/own/1", np.eye(3)), 409)
    refused(client.put(f"/api/runs/{run}/samples/0", content=strip("PNG")), 409)
    huge = b" " * 17_000_000
    assert client.put(f"/api/runs/{run}/matrices/own/1", content=huge).status_code == 413


@pytest.mark.parametrize(
    ("kind", "options", "media_type"),
    [
        ("PNG", {}, "image/png"),
        ("WEBP", {}, "image/webp"),
        ("WEBP", {"lossless": True}, "image/webp"),
        ("WEBP", {"exif": b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00"}, "image/webp"),
    ],
)
def test_samples_of_a_class(client: Any, kind: str, options: Any, media_type: str) -> None:
    run = begin(client, classes=NAMES)["id"]
    data = strip(kind, **options)
    assert client.put(f"/api/runs/{run}/samples/1", content=data).status_code == 201
    about = client.get(f"/api/runs/{run}/samples").json()
    assert (about["per_class"], about["size"], about["classes"]) == (4, 8, 3)
    picture = client.get(about["url"].replace("{class}", "1"))
    assert (picture.content, picture.headers["content-type"]) == (data, media_type)
    assert client.get(f"/fragments/runs/{run}/samples").json() is None  # two classes are missing
    for number in (0, 2):
        client.put(f"/api/runs/{run}/samples/{number}", content=data)
    assert client.get(f"/fragments/runs/{run}/samples").json()["per_class"] == 4


def test_samples_that_are_refused(client: Any) -> None:
    run = begin(client, classes=NAMES)["id"]
    path = f"/api/runs/{run}/samples/0"
    assert "neither" in refused(client.put(path, content=b"GIF89a" + b"0" * 99), 422, "body")
    refused(client.put(path, content=strip("PNG")[:20]), 422, "body")
    oblong = io.BytesIO()
    Image.new("L", (10, 8)).save(oblong, "PNG")
    assert "10 x 8" in refused(client.put(path, content=oblong.getvalue()), 422, "body")
    assert client.put(path, content=b"0" * 1_100_000).status_code == 413
    refused(client.put(f"/api/runs/{run}/samples/3", content=strip("PNG")), 422, "class")
    client.put(path, content=strip("PNG", 4))
    other = client.put(f"/api/runs/{run}/samples/1", content=strip("PNG", 5))
    assert "4 of 8" in refused(other, 422, "body")
    assert client.put(path, content=strip("PNG", 5)).status_code == 201  # alone, it may change


def test_what_is_computed_from_a_matrix_with_gaps(client: Any) -> None:
    run = begin(client, classes=NAMES)["id"]
    gaps = np.array([[5.0, np.nan, 1], [1, 2, np.inf], [0, 1, 3]])
    for kind in ("confusion", "soft_labels"):
        put(client, f"/api/runs/{run}/matrices/{kind}/1", gaps)
    for path in ("orders?kind=confusion", "pairs?kind=confusion", "classes/1", "orders"):
        assert client.get(f"/api/runs/{run}/{path}").status_code == 200, path
    assert client.get(f"/runs/{run}").status_code == 200
