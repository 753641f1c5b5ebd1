"""All training methods, in the order in which they are listed everywhere."""

from __future__ import annotations

from ols.spec.entry import Entry
from ols.spec.methods.noisy_labels_entries import NOISY_LABELS
from ols.spec.methods.regularisers_entries import REGULARISERS

METHODS: tuple[Entry, ...] = (*REGULARISERS, *NOISY_LABELS)
