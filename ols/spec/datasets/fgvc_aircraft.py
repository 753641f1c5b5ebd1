"""FGVC-Aircraft: fields and source of ols/data/fgvc_aircraft.py."""

from typing import Literal

from ols.spec.datasets.photographs import FineGrained


class FGVCAircraft(FineGrained):
    """FGVC-Aircraft: 10,000 photographs, K = 100 variants; trained on its train and val part."""

    title = "FGVC-Aircraft"
    paper = "Maji et al., Fine-Grained Visual Classification of Aircraft, 2013, arXiv 1306.5151"
    order = 100
    classes = 100

    name: Literal["fgvc_aircraft"] = "fgvc_aircraft"
