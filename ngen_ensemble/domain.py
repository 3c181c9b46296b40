"""Parameters and initial storages of all catchments, as arrays, and their sharing out by scheme."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.config_model import CfeConfig
from cfe_bmi.ensemble import EnsembleState, initial_state
from cfe_bmi.ensemble_setup import suspicious_rows
from cfe_bmi.parameters import problems_of
from cfe_bmi.state import CfeOptions
from ngen_bmi.forcing_policy import ForcingPolicy

_Array = NDArray[Any]
POLICIES = tuple(ForcingPolicy.__dataclass_fields__)


class Scheme(NamedTuple):
    """What compiled loops have in common: schemes, and the lengths of the Nash cascades."""

    options: CfeOptions
    lateral: int
    surface: int


class Domain(NamedTuple):
    """Catchments, in the order in which they run and are stored.

    Attributes
    ----------
    ids : array of str, shape (catchments,)
    parameters : array, shape (catchments, parameters)
        Raw values.
    shares : array, shape (catchments, 2)
        Soil and groundwater at the start, as shares of their maxima [-].
    ordinates : array, shape (catchments, n)
        Of the GIUH, filled with zeros.
    lateral, surface : array, shape (catchments, n)
        Nash storages at the start [m], filled with zeros.
    schemes : tuple of Scheme
    scheme : array of int, shape (catchments,)
        Place among `schemes`.
    zero : array of bool, shape (catchments, 3)
        Whether forcing that is missing, negative rain, and negative evaporation count as 0
        (:class:`ngen_bmi.forcing_policy.ForcingPolicy`).
    """

    ids: _Array
    parameters: _Array
    shares: _Array
    ordinates: _Array
    lateral: _Array
    surface: _Array
    schemes: tuple[Scheme, ...]
    scheme: _Array
    zero: _Array

    def rows(self, which: Any) -> Domain:
        """Some of the catchments, by a slice or their places."""
        fields = {name: value[which] for name, value in self._asdict().items() if name != "schemes"}
        return self._replace(**fields)

    def fitted(self) -> Domain:
        """The same, with linear outlets in schemes of their own: BMI decides that catchment by catchment."""
        places: dict[Scheme, int] = {}
        columns = CfeParameters(*self.parameters.T)
        linear = (columns.soil_expon == 1.0) & (columns.soil_expon_secondary == 1.0)
        pairs, inverse = np.unique(np.column_stack([self.scheme, linear]), axis=0, return_inverse=True)
        numbers = []
        for number, straight in pairs.tolist():
            scheme = self.schemes[number]
            options = scheme.options._replace(linear_outlets=int(straight))
            numbers.append(places.setdefault(scheme._replace(options=options), len(places)))
        return self._replace(schemes=tuple(places), scheme=np.array(numbers, dtype=np.int64)[inverse.ravel()])

    def state(self, scheme: Scheme) -> EnsembleState:
        """State at the start of catchments that all use a scheme."""
        parameters = CfeParameters(*self.parameters.T)
        state = initial_state(parameters, self.shares[:, 0], self.shares[:, 1], self.ordinates.shape[1])
        return state._replace(
            lateral=np.ascontiguousarray(self.lateral[:, : scheme.lateral]),
            surface=np.ascontiguousarray(self.surface[:, : scheme.surface]),
        )

    def fingerprint(self) -> str:
        """A number that changes with every bit of the domain."""
        digest = hashlib.sha256(repr(self.schemes).encode())
        for name, values in self._asdict().items():
            if name != "schemes":
                digest.update(f"{name} {values.shape} {values.dtype}".encode())
                digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()


def domain_of(ids: Sequence[str], configs: Sequence[CfeConfig]) -> Domain:
    """Domain from a configuration of each catchment, all read and judged."""
    places: dict[Scheme, int] = {}
    scheme = [
        places.setdefault(Scheme(c.options, len(c.lateral), len(c.surface)), len(places)) for c in configs
    ]  # fmt: skip
    return Domain(
        ids=np.array(ids),
        parameters=np.array([c.parameters for c in configs], dtype=np.float64),
        shares=np.array([(c.soil_storage, c.gw_storage) for c in configs], dtype=np.float64),
        ordinates=filled([c.giuh_ordinates for c in configs]),
        lateral=filled([c.lateral for c in configs]),
        surface=filled([c.surface for c in configs]),
        schemes=tuple(places),
        scheme=np.array(scheme, dtype=np.int64),
        zero=np.array([[getattr(c.forcing, name) == "zero" for name in POLICIES] for c in configs]),
    ).fitted()


def filled(rows: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Rows of different lengths as one array, filled with zeros.

    >>> filled([(1.0,), (0.4, 0.6)]).tolist()
    [[1.0, 0.0], [0.4, 0.6]]
    """
    width = max(len(row) for row in rows)
    return np.array([(*row, *(0.0,) * (width - len(row))) for row in rows], dtype=np.float64)


def with_parameters(domain: Domain, values: Mapping[str, _Array]) -> Domain:
    """The domain with other values of some parameters, as BMI's ``set_value`` before the first step."""
    if not values:
        return domain
    parameters = domain.parameters.copy()
    for name, column in values.items():
        parameters[:, CfeParameters._fields.index(name)] = column
    return domain._replace(parameters=parameters).fitted()


def problems_in(domain: Domain) -> list[str]:
    """Everything that is wrong with the parameters of all catchments, with their ids."""
    return [
        f"{domain.ids[row]}: {problem}"
        for row in np.flatnonzero(suspicious_rows(domain.parameters))
        for problem in problems_of(CfeParameters(*domain.parameters[row].tolist()))
    ]
