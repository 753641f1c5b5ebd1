"""CS-KD: fields and description of ols/methods/cs_kd.py."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from ols.spec.methods.base import MethodSpec


class CsKd(MethodSpec):
    """Predictions of two images of a class are drawn together (Yun et al., CVPR 2020)."""

    title = "CS-KD"
    paper = (
        "Yun et al., Regularizing Class-wise Predictions via Self-knowledge Distillation, CVPR "
        "2020, arXiv 2003.13964"
    )
    equation = (
        r"L = -\log p_y + \lambda\,T^2\,\mathrm{KL}(p(x';T) \,\Vert\, p(x;T)),\quad y(x') = y(x)"
    )
    use = "Clean labels and fine-grained classes; an epoch takes up to twice as long."
    colour = "#a8549c"
    order = 172
    needs: ClassVar[dict[str, Any]] = {"devices": 1}
    needs_because = "each process would pair images of its own share"

    name: Literal["cs_kd"] = "cs_kd"
    weight: float = Field(
        1.0,
        ge=0,
        le=100,
        title="Weight λ",
        description="Of the divergence. The authors use 1 on CIFAR-100, 3 on fine-grained data.",
    )
    temperature: float = Field(
        4.0,
        gt=0,
        le=100,
        title="Temperature T",
        description="Of both predictions. The authors use 4.",
    )

    def clash_with_mixing(self) -> str | None:
        return (
            f"method.name {self.name} exclude each other: it compares images of one class, and a "
            "mixed image has two; set none, or choose another method"
        )
