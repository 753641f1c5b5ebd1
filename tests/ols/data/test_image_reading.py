"""Every mode that Pillow opens: as a viewer shows it, or refused by name."""

from __future__ import annotations

import io
import os

import numpy as np
import pytest
from PIL import Image, ImageCms

from ols.data.image_files import check_heads
from ols.data.image_reading import check_file, read_image
from ols.errors import DatasetUnavailable
from ols.training.samples import class_samples
from ols.training.trainer import Trainer
from tests.ols.image_files import write_folder

ORIENTATION = 274  # EXIF's tag
GREY = np.arange(0, 256, dtype=np.uint8).reshape(16, 16)
COLOURS = np.stack([GREY, GREY.T, 255 - GREY], 2)


def saved(path, image, **options):
    image.save(path, **options)
    return str(path)


def pixels(path):
    image = read_image(path)
    assert image.mode == "RGB"
    return np.asarray(image).astype(int)


def grey_of(path):
    """The one channel of a grey image."""
    values = pixels(path)
    assert (values == values[..., :1]).all()
    return values[..., 0]


# -- more than 8 bits ----------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["png", "tiff", "pgm"])
def test_16_bits_of_grey_keep_their_brightness(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 2**16, (40, 40), dtype=np.uint16)
    path = tmp_path / f"noise.{suffix}"
    if suffix == "pgm":
        path.write_bytes(b"P5 40 40 65535\n" + noise.astype(">u2").tobytes())
    else:
        Image.fromarray(noise).save(path)
    assert np.abs(grey_of(str(path)) - noise / 257).max() <= 0.5
    assert Image.open(path).mode in ("I;16", "I")


def test_big_endian_and_12_bits_of_grey_are_scaled_by_their_own_range(tmp_path):
    deep = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    big = Image.frombytes("I;16B", (16, 16), deep.astype(">u2").tobytes())
    assert (grey_of(saved(tmp_path / "big.tiff", big)) == GREY).all()
    # A TIFF of its own bytes: 2 x 1 pixels of 12 bits, 0 and 4095, packed into three bytes.
    entries = [(256, 2), (257, 1), (258, 12), (259, 1), (262, 1), (273, 128), (277, 1), (278, 1)]
    tags = b"".join(_tiff_entry(*entry) for entry in [*entries, (279, 3)])
    head = b"II*\0\x08\0\0\0" + (9).to_bytes(2, "little") + tags + b"\0\0\0\0"
    path = tmp_path / "twelve.tiff"
    path.write_bytes(head.ljust(128, b"\0") + b"\x00\x0f\xff")
    assert grey_of(str(path)).tolist() == [[0, 255]]


def _tiff_entry(tag, value):
    return b"".join(part.to_bytes(size, "little") for part, size in ((tag, 2), (3, 2), (1, 4))) + (
        value.to_bytes(4, "little")
    )


def test_a_transparent_value_of_a_16_bit_png_is_white(tmp_path):
    deep = Image.fromarray(np.array([[0, 300], [65535, 300]], np.uint16))
    path = saved(tmp_path / "key.png", deep, transparency=300)
    assert grey_of(path).tolist() == [[0, 255], [255, 255]]


def test_white_is_zero_where_a_tiff_says_so(tmp_path):
    deep = Image.fromarray(np.array([[0, 65535]], np.uint16))
    path = saved(tmp_path / "fax.tiff", deep, tiffinfo={262: 0})
    assert grey_of(path).tolist() == [[255, 0]]


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (Image.new("I", (4, 4), 70_000), "32-bit integers"),
        (Image.new("F", (4, 4), 0.5), "floating-point numbers"),
    ],
)
def test_what_has_no_agreed_black_and_white_is_refused_by_its_head(tmp_path, image, words):
    path = saved(tmp_path / "deep.tiff", image)
    with pytest.raises(DatasetUnavailable, match=rf"deep\.tiff holds {words}.*8 or 16 bits"):
        check_heads([path])
    with pytest.raises(DatasetUnavailable, match=words):
        read_image(path)


# -- 8 bits and fewer ----------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "gif", "pgm", "jpg"])
def test_grey_stays_grey(tmp_path, suffix):
    path = saved(tmp_path / f"grey.{suffix}", Image.fromarray(GREY))
    assert np.abs(grey_of(path) - GREY).max() <= (6 if suffix == "jpg" else 0)


@pytest.mark.parametrize("mode", ["RGB", "P"])
def test_colours_stay(tmp_path, mode):
    image = Image.fromarray(COLOURS).convert(mode)
    path = saved(tmp_path / "colours.png", image)
    assert (pixels(path) == np.asarray(image.convert("RGB"))).all()


def test_one_bit_is_black_and_white(tmp_path):
    path = saved(tmp_path / "bits.png", Image.fromarray(GREY > 100))
    assert (grey_of(path) == np.where(GREY > 100, 255, 0)).all()


def test_cmyk_and_lab_are_converted(tmp_path):
    red = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    for name in ("ink.tiff", "ink.jpg"):
        assert np.abs(pixels(saved(tmp_path / name, red)) - [255, 0, 0]).max() <= 3
    to_lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    lab = ImageCms.applyTransform(Image.new("RGB", (8, 8), (200, 60, 20)), to_lab)
    path = saved(tmp_path / "lab.tiff", lab)
    assert np.abs(pixels(path) - [200, 60, 20]).max() <= 6


# -- transparency, frames, orientation -----------------------------------------------------------


@pytest.mark.parametrize("kind", ["RGBA", "LA", "P", "RGB", "L", "PA", "gif", "webp"])
def test_what_is_transparent_is_white_and_not_the_colour_below(tmp_path, kind):
    """The left half is transparent black, the right half is opaque black."""
    alpha = np.zeros((8, 8), np.uint8)
    alpha[:, 4:] = 255
    clear = Image.merge("LA", [Image.new("L", (8, 8)), Image.fromarray(alpha)])
    path = tmp_path / f"clear.{kind if kind in ('gif', 'webp') else 'png'}"
    if kind in ("RGBA", "LA", "gif", "webp"):
        clear.convert("LA" if kind == "LA" else "RGBA").save(path, **LOSSLESS.get(kind, {}))
    elif kind == "PA":
        path = tmp_path / "clear.tiff"
        clear.convert("RGBA").convert("PA").save(path)
    else:  # one colour of the file stands for nothing: grey 1, or the first of a palette
        key = Image.fromarray(np.where(alpha > 0, 0, 1).astype(np.uint8))
        key = key.convert(kind) if kind != "P" else _palette(key)
        key.save(path, transparency={"RGB": (1, 1, 1), "L": 1, "P": 1}[kind])
    assert (grey_of(str(path)) == np.where(alpha > 0, 0, 255)).all()


LOSSLESS = {"webp": {"lossless": True, "exact": True}}


def _palette(indices):
    image = Image.fromarray(np.asarray(indices), "P")
    image.putpalette([0, 0, 0, 9, 9, 9])
    return image


def test_half_transparent_is_half_white(tmp_path):
    path = saved(tmp_path / "half.png", Image.new("RGBA", (4, 4), (0, 0, 0, 128)))
    assert (pixels(path) == 127).all()


@pytest.mark.parametrize("suffix", ["gif", "png", "webp", "tiff"])
def test_of_several_frames_the_first_is_read_and_the_check_says_so(tmp_path, suffix):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    path = tmp_path / f"moving.{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert np.abs(pixels(str(path)) - [255, 0, 0]).max() <= 3
    assert check_file(str(path)).several_frames
    assert not check_file(saved(tmp_path / f"still.{suffix}", frames[0])).several_frames


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["turned.jpg", "turned.png", "turned.tiff", "turned.webp"])
def test_exif_orientation_turns_an_image_upright(tmp_path, name, orientation):
    upright = np.zeros((16, 32), np.uint8)
    upright[:8, :16] = 255  # one corner is white
    path = tmp_path / name
    lies = _lying(Image.fromarray(upright).convert("RGB"), orientation)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    lies.save(path, exif=exif, quality=95)
    assert np.abs(pixels(str(path))[..., 0] - upright).max() < 40


def _lying(image, orientation):
    """As a camera stores it that was held so: the inverse of what EXIF asks a viewer for."""
    flips = Image.Transpose
    inverse = {
        2: flips.FLIP_LEFT_RIGHT,
        3: flips.ROTATE_180,
        4: flips.FLIP_TOP_BOTTOM,
        5: flips.TRANSPOSE,
        6: flips.ROTATE_90,
        7: flips.TRANSVERSE,
        8: flips.ROTATE_270,
    }
    return image.transpose(inverse[orientation]) if orientation in inverse else image


def test_16_bits_are_turned_too(tmp_path):
    exif = Image.Exif()
    exif[ORIENTATION] = 3
    path = tmp_path / "deep.png"
    Image.fromarray(np.array([[0, 65535]], np.uint16)).save(path, exif=exif)
    assert grey_of(str(path)).tolist() == [[255, 0]]


def test_broken_exif_does_not_break_an_image(tmp_path):
    path = tmp_path / "odd.jpg"
    Image.new("RGB", (8, 8), "red").save(path, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert np.abs(pixels(str(path)) - [255, 0, 0]).max() <= 3


# -- the same reader everywhere ------------------------------------------------------------------


def test_training_thumbnails_and_the_check_read_alike(tmp_path, spec):
    """A folder of dark and light 16-bit images, whose pixels Pillow would all make white."""
    write_folder(tmp_path / "toy", train=2, test=1)
    stream = np.random.default_rng(0)
    for path in (tmp_path / "toy").rglob("*.*"):
        low = 0 if path.parent.name == "red" else 40_000
        path.unlink()
        deep = stream.integers(low, low + 20_000, (40, 40), dtype=np.uint16)
        Image.fromarray(deep).save(path.with_suffix(".png"))
    dataset = {"name": "image_folder", "folder": "toy", "size": 16, "workers": 0}
    trainer = Trainer(spec(dataset=dataset, epochs=1), data_dir=tmp_path)
    for path, label in zip(
        trainer._data.train.paths, trainer._data.train.labels.tolist(), strict=True
    ):
        red = trainer._data.classes[label] == "red"
        assert (grey_of(path).mean() < 100) == red
        assert check_file(path) == ("", False)
    means = [
        np.asarray(Image.open(io.BytesIO(row)))[:, :64].mean()
        for row in class_samples(trainer._data).rows
    ]
    assert [mean < 100 for mean in means] == [name == "red" for name in trainer._data.classes]
    (report,) = trainer
    assert report.metrics["train_loss"] > 0


@pytest.mark.parametrize(
    "content",
    [b"", b"no image", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"P5 2 2 65535\n", b"\xff\xd8\xff\xe0"],
)
def test_a_damaged_file_is_refused_in_words(tmp_path, content):
    path = tmp_path / "damaged.png"
    path.write_bytes(content)
    with pytest.raises(DatasetUnavailable, match=r"^[^\n]*damaged\.png can't be read as an image"):
        read_image(str(path))
    assert "can't be read as an image" in check_file(str(path)).problem


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    path = saved(tmp_path / "large.png", Image.new("1", (2000, 1000)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000 * 100)
    with pytest.raises(DatasetUnavailable, match="decompression bomb"):
        check_heads([path])


def test_a_name_that_is_not_utf_8_can_be_told(tmp_path):
    path = tmp_path / os.fsdecode(b"\xff.png")
    path.write_bytes(b"no image")
    assert r"\udcff.png" in check_file(str(path)).problem
