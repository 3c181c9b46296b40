"""Keep what a network says inside the region where CFE has a meaning.

The corners of a space can have no meaning: with a small exponent ``b`` the storage from which on the soil drains falls
below the wilting point. A search refuses such points and goes on; a network has to be led around them.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from cfe_bmi.parameters import PARAMETERS
from dcfe.combinations import coefficients_of

ABOVE_WILTING = 1.01
"""Least storage threshold over the storage at the wilting point that parameters are given."""

HALVINGS = 40


class ValidParameters:
    """Raise porosity and ``b`` as far as the storage threshold needs to be above the wilting point.

    Where both are as wanted nothing changes. The threshold is a share of the maximum storage that grows with ``b`` and
    does not depend on porosity, so that the least porosity is the one that the largest ``b`` needs, and the least ``b``
    follows from the porosity by bisection.

    Parameters
    ----------
    largest : mapping of str to float
        Upper bounds of ``maxsmc`` and ``b`` where they are learned; those that are not learned stay as they are.
    """

    def __init__(self, largest: Mapping[str, float]):
        self.largest = {name: largest[name] for name in ("maxsmc", "b") if name in largest}
        self.least_b = next(v for v in PARAMETERS if v.name == "b").valid[0]

    def __call__(self, learned: Mapping[str, Tensor], parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Learned values, of which the basins that have to be are moved; see :class:`dcfe.learner.Combine`.

        Values that are moved have no gradient, those that stay keep theirs.
        """
        found = dict(learned)
        with torch.no_grad():
            full = {**parameters, **found}
            c = coefficients_of(full)
            wrong = ~(c.soil_threshold > ABOVE_WILTING * c.soil_wilting)
            if not bool(wrong.any()):
                return found
            limits = {name: torch.full_like(full["b"], top) for name, top in self.largest.items()}
            share = self._share(full, limits.get("b", full["b"]))
            need = ABOVE_WILTING * full["wltsmc"]
            porosity = torch.maximum(full["maxsmc"], need / share)
        if "maxsmc" in limits:
            porosity = torch.minimum(porosity, limits["maxsmc"])
            found["maxsmc"] = torch.where(wrong, torch.maximum(found["maxsmc"], porosity), found["maxsmc"])
        if "b" in limits:
            with torch.no_grad():
                wanted = need / {**full, **found}["maxsmc"]
                low, high = torch.minimum(full["b"], limits["b"]), limits["b"].clone()
                for _ in range(HALVINGS):
                    middle = 0.5 * (low + high)
                    enough = self._share(full, middle) >= wanted
                    low, high = torch.where(enough, low, middle), torch.where(enough, middle, high)
            found["b"] = torch.where(wrong, torch.maximum(found["b"], high), found["b"])
        return found

    def _share(self, parameters: Mapping[str, Tensor], b: Tensor) -> Tensor:
        """Storage threshold over the maximum storage with an exponent `b`, shape (basins,)."""
        c = coefficients_of({**parameters, "b": b.clamp(min=self.least_b)})
        share: Tensor = c.soil_threshold / c.soil_max
        return share
