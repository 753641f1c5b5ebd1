"""Finds the images of a folder with one subfolder a class, and says what else lies there.

The layout and the order of the files are those of torchvision's ImageFolder, which takes whatever a
folder holds: Jupyter's .ipynb_checkpoints as a class, macOS's ._1.png as an image, and a link to a
folder above as that folder's images once more at every depth. Here names that begin with a dot are
skipped, and no folder is read twice. A link may lead anywhere: who can write in the data folder
decides what is read. No torch: availability does without.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ols.errors import DatasetUnavailable

# torchvision's, and GIF.
SUFFIXES = (
    *(".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"),
    ".gif",
)
# What systems leave behind under other names, in lower case: macOS's archives, Synology's
# thumbnails (which are JPEGs), Windows, ext4.
LITTER = {"__macosx", "@eadir", "thumbs.db", "desktop.ini", "$recycle.bin", "lost+found"}
SHOWN = 3  # names in one sentence


@dataclass
class Skipped:
    """What was not read, as paths below the folder."""

    hidden: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)

    def sentence(self, part: str) -> str | None:
        """In words, if there is anything; `part`: train, val or test."""
        counted = (
            _counted(self.hidden, "hidden or system {}", "name", "names"),
            _counted(self.links, "{} that is read already", "linked folder", "linked folders"),
            _counted(self.others, "{} without the suffix of an image", "file", "files"),
            _counted(self.strays, "{} outside the class folders", "file", "files"),
        )
        told = ", ".join(filter(None, counted))
        return f"{part}: skipped {told}" if told else None


@dataclass
class ClassFolders:
    """`classes`, sorted; `paths` and `labels` of their images, by class, folder and name."""

    classes: tuple[str, ...]
    paths: list[str]
    labels: list[int]
    skipped: Skipped

    @property
    def empty(self) -> list[str]:
        """The classes without an image."""
        filled = set(self.labels)
        return [name for label, name in enumerate(self.classes) if label not in filled]


def is_hidden(name: str) -> bool:
    """Begins with a dot, or is known as no data."""
    return name.startswith(".") or name.casefold() in LITTER


def read_class_folders(root: Path) -> ClassFolders:
    """Raises DatasetUnavailable for a folder that can't be read or a class name that is no text."""
    search = _Search(str(root))
    classes = search.classes()
    files = sorted(search.files(classes))
    return ClassFolders(
        tuple(classes),
        [path for _, _, path in files],
        [label for label, _, _ in files],
        search.skipped,
    )


class _Search:
    """Real folders first, links after them: else a link would take a class's images from it."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._seen: set[str] = set()  # real paths of folders
        self._links: list[tuple[int, str]] = []  # labels and paths, not followed yet
        self.skipped = Skipped()

    def classes(self) -> list[str]:
        """Names of the class folders, sorted."""
        names = []
        for entry in self._visible(self._root):
            if self._is_folder(entry):
                names.append(entry.name)
            else:
                self.skipped.strays.append(self._short(entry.path))
        for name in names:
            if not _is_text(name):
                raise DatasetUnavailable(
                    f"a class folder of {self._root} has a name that is not UTF-8, {name!a}; "
                    "rename it"
                )
        return names

    def files(self, classes: list[str]) -> Iterator[tuple[int, str, str]]:
        """Label, folder and path of each image."""
        for label, name in enumerate(classes):
            folder = Path(self._root, name)
            if folder.is_symlink():
                self._links.append((label, str(folder)))
            else:
                yield from self._below(label, str(folder))
        while self._links:
            self._links.sort(reverse=True)
            label, path = self._links.pop()
            if self._leads_up(path):
                self.skipped.links.append(self._short(path))
            else:
                yield from self._below(label, path)

    def _below(self, label: int, folder: str) -> Iterator[tuple[int, str, str]]:
        real = os.path.realpath(folder)
        if real in self._seen:
            self.skipped.links.append(self._short(folder))
            return
        self._seen.add(real)
        for entry in self._visible(folder):
            if not self._is_folder(entry):
                if entry.name.lower().endswith(SUFFIXES):
                    yield label, folder, entry.path
                else:
                    self.skipped.others.append(self._short(entry.path))
            elif entry.is_symlink():
                self._links.append((label, entry.path))
            else:
                yield from self._below(label, entry.path)

    def _visible(self, folder: str) -> list[os.DirEntry[str]]:
        """A folder's entries by name, without the hidden ones."""
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            raise DatasetUnavailable(f"{folder} can't be read: {error.strerror}") from error
        self.skipped.hidden += [self._short(e.path) for e in listed if is_hidden(e.name)]
        return [entry for entry in listed if not is_hidden(entry.name)]

    def _is_folder(self, entry: os.DirEntry[str]) -> bool:
        try:
            return entry.is_dir()
        except OSError:  # a link to itself
            return False

    def _leads_up(self, link: str) -> bool:
        """Whether a link leads to a folder that holds it: reading that would find the other classes
        and parts of the data set."""
        return Path(link).parent.resolve().is_relative_to(Path(link).resolve())

    def _short(self, path: str) -> str:
        name = os.path.relpath(path, self._root)
        return name.encode("utf-8", "backslashreplace").decode()


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # bytes that are not UTF-8
        return False
    return True


def _counted(names: list[str], what: str, one: str, several: str) -> str:
    if not names:
        return ""
    shown = ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
    return f"{len(names):,} {what.format(one if len(names) == 1 else several)} ({shown})"
