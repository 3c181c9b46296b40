"""Dual numbers (value and derivative), and the physics as plain Python that takes them.

The physics functions promise to be generic in the number type: here is the simplest other type, in which every number
carries its derivative with respect to one seed.
"""

import importlib
import math
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any


class Dual:
    """A number and its derivative."""

    __slots__ = ("d", "v")

    def __init__(self, v: float, d: float = 0.0):
        self.v = float(v)
        self.d = float(d)

    def __repr__(self) -> str:
        return f"Dual({self.v!r}, {self.d!r})"

    def __add__(self, other: Any) -> "Dual":
        return Dual(self.v + value(other), self.d + slope(other))

    __radd__ = __add__

    def __neg__(self) -> "Dual":
        return Dual(-self.v, -self.d)

    def __sub__(self, other: Any) -> "Dual":
        return Dual(self.v - value(other), self.d - slope(other))

    def __rsub__(self, other: Any) -> "Dual":
        return Dual(value(other) - self.v, slope(other) - self.d)

    def __mul__(self, other: Any) -> "Dual":
        return Dual(self.v * value(other), self.d * value(other) + self.v * slope(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Dual":
        quotient = self.v / value(other)
        return Dual(quotient, (self.d - quotient * slope(other)) / value(other))

    def __rtruediv__(self, other: Any) -> "Dual":
        return Dual(value(other)) / self

    def __pow__(self, other: Any) -> "Dual":
        power = value(other)
        result = self.v**power
        derivative = 0.0
        if self.d:
            derivative += power * self.v ** (power - 1.0) * self.d
        if slope(other):
            derivative += result * math.log(self.v) * slope(other)
        return Dual(result, derivative)

    def __rpow__(self, other: Any) -> "Dual":
        return Dual(other) ** self

    def __abs__(self) -> "Dual":
        return -self if self.v < 0.0 else self

    def __lt__(self, other: Any) -> bool:
        return self.v < value(other)

    def __le__(self, other: Any) -> bool:
        return self.v <= value(other)

    def __gt__(self, other: Any) -> bool:
        return self.v > value(other)

    def __ge__(self, other: Any) -> bool:
        return self.v >= value(other)

    def __eq__(self, other: object) -> bool:
        return self.v == value(other)

    __hash__ = None  # type: ignore[assignment]

    def __float__(self) -> float:
        """The value alone, as searches and look-ups ask for it."""
        return self.v


def value(x: Any) -> float:
    return x.v if isinstance(x, Dual) else x


def slope(x: Any) -> float:
    return x.d if isinstance(x, Dual) else 0.0


def _lift(function: Any, derivative: Any) -> Any:
    def lifted(x: Any) -> Any:
        if isinstance(x, Dual):
            return Dual(function(x.v), derivative(x.v) * x.d)
        return function(x)

    return lifted


DUAL_MATH = SimpleNamespace(
    inf=math.inf,
    nan=math.nan,
    exp=_lift(math.exp, math.exp),
    expm1=_lift(math.expm1, math.exp),
    log=_lift(math.log, lambda x: 1.0 / x),
    log1p=_lift(math.log1p, lambda x: 1.0 / (1.0 + x)),
    sqrt=_lift(math.sqrt, lambda x: 0.5 / math.sqrt(x)),
)
"""What the physics takes from the module math, for dual numbers too."""

CFE = (
    "hydro_physics.linear",
    "hydro_physics.routing",
    "cfe_bmi.coefficients",
    "cfe_bmi.processes",
    "cfe_bmi.soil_classic",
    "cfe_bmi.soil_ode_power",
    "cfe_bmi.soil_ode",
    "cfe_bmi.step",
)


@contextmanager
def _without_numba() -> Any:
    packages = ("hydro_physics", "cfe_bmi", "lgar_bmi", "ngen_bmi")
    hidden = {name: module for name, module in sys.modules.items() if name.split(".")[0] in (*packages, "numba")}
    for name in hidden:
        del sys.modules[name]
    sys.modules["numba"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] in (*packages, "numba")]:
            del sys.modules[name]
        sys.modules.update(hidden)


def load_physics_for_duals(names: Sequence[str] = CFE) -> SimpleNamespace:
    """Return the functions of physics modules as plain Python, apart from the compiled ones in use elsewhere."""
    with _without_numba():
        modules: list[ModuleType] = [importlib.import_module(name) for name in names]
    functions: dict[str, Any] = {}
    for module in modules:
        if hasattr(module, "math"):
            module.math = DUAL_MATH  # type: ignore[attr-defined]
        for name in ("exp", "expm1"):
            if hasattr(module, name):
                setattr(module, name, getattr(DUAL_MATH, name))
        functions |= {name: f for name, f in vars(module).items() if callable(f) and not name.startswith("_")}
    return SimpleNamespace(**functions)
