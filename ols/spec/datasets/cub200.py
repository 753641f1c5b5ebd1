"""CUB-200-2011: fields and source of ols/data/cub200.py."""

from typing import Literal

from ols.spec.datasets.photographs import FineGrained


class CUB200(FineGrained):
    """CUB-200-2011: 11,788 photographs of birds, K = 200."""

    title = "CUB-200-2011"
    paper = "Wah et al., The Caltech-UCSD Birds-200-2011 Dataset, 2011"
    order = 70
    classes = 200

    name: Literal["cub200"] = "cub200"
