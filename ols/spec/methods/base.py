"""What every training method says of itself."""

import ast
from pathlib import Path
from typing import Any, ClassVar

from ols.spec.choice import Choice


class MethodSpec(Choice):
    """A method of making targets from labels: a loss, with all that it remembers."""

    code_package = "ols.methods"
    equation: ClassVar[str] = ""  # LaTeX
    use: ClassVar[str] = ""  # when to use it, in a sentence
    colour: ClassVar[str] = ""  # of its curves, everywhere: #rrggbb
    remembers_samples: ClassVar[bool] = False  # keeps a prediction for each training sample
    needs: ClassVar[dict[str, Any]] = {}  # fields of the spec that must have these values ...
    needs_because: ClassVar[str] = ""  # ... and why

    @classmethod
    def facts(cls) -> dict[str, Any]:
        return {"equation": cls.equation, "use": cls.use}

    @classmethod
    def code_docstring(cls) -> str:
        """The docstring of its code, which is read and not imported: that would load torch."""
        path = Path(__file__).parents[2] / "methods" / f"{cls.__module__.rpartition('.')[2]}.py"
        return ast.get_docstring(ast.parse(path.read_text())) or ""

    def clash_with_mixing(self) -> str | None:
        """Why it can't train on images that are a mixture of two; None where it can."""
        if not self.remembers_samples:
            return None
        return (
            f"method.name {self.name} exclude each other: it remembers what was predicted for each "
            "sample, and a mixed image is two; set none, or choose another method"
        )
