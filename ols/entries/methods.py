"""All training methods, in the order in which they are listed everywhere."""

from __future__ import annotations

from ols.entries.entry import Entry
from ols.entries.noisy_labels import NOISY_LABELS
from ols.entries.regularisers import REGULARISERS

METHODS: tuple[Entry, ...] = (*REGULARISERS, *NOISY_LABELS)
