"""A realization after parsing: plain immutable records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ngen_harness.serialization_config import SerializationConfig


@dataclass(frozen=True)
class HydrofabricLink:
    """A model parameter whose value is a property of the catchment."""

    property_name: str


@dataclass(frozen=True)
class MassBalanceConfig:
    """The ``mass_balance`` block of a module."""

    check: bool = True
    tolerance: float = 1e-16
    fatal: bool = False
    frequency: int = 1


@dataclass(frozen=True)
class ModuleConfig:
    """One BMI model: a single formulation, or a module of a ``bmi_multi`` formulation.

    Attributes
    ----------
    where : str
        JSON path, for messages.
    python_type : str
        ``package.module.Class``.
    module_path : str or None
        Folder put on ``sys.path`` while the model is imported.
    init_config : str
        Path of the model's configuration; may contain ``{{id}}``.
    names_map : mapping
        Model variable -> framework name (``variables_names_map``).
    model_params : mapping
        Parameter -> typed value or `HydrofabricLink`.
    output_variables, output_headers : tuple of str or None
        Columns of the catchment file and what to call them.
    """

    where: str
    model_type_name: str
    python_type: str
    init_config: str
    main_output: str
    module_path: str | None = None
    allow_exceed_end_time: bool = False
    names_map: Mapping[str, str] = field(default_factory=dict)
    model_params: Mapping[str, Any] = field(default_factory=dict)
    output_variables: tuple[str, ...] | None = None
    output_headers: tuple[str, ...] | None = None
    cache_input_metadata: bool = False
    mass_balance: MassBalanceConfig | None = None
    serialization: SerializationConfig | None = None


@dataclass(frozen=True)
class MultiConfig:
    """A ``bmi_multi`` formulation: modules that feed each other."""

    where: str
    model_type_name: str
    main_output: str
    modules: tuple[ModuleConfig, ...]
    output_variables: tuple[str, ...] | None = None
    output_headers: tuple[str, ...] | None = None
    default_outputs: Mapping[str, float] = field(default_factory=dict)
    output_precision: int = 9


@dataclass(frozen=True)
class ForcingConfig:
    """Where a catchment's forcing comes from; `provider` is "csv", "netcdf" or "null"."""

    where: str
    provider: str
    path: str
    file_pattern: str | None = None


@dataclass(frozen=True)
class CatchmentConfig:
    """Formulation and forcing of one catchment, or of all those not listed."""

    formulation: ModuleConfig | MultiConfig
    forcing: ForcingConfig

    @property
    def modules(self) -> tuple[ModuleConfig, ...]:
        """The BMI models of the formulation, in their order of execution."""
        if isinstance(self.formulation, MultiConfig):
            return self.formulation.modules
        return (self.formulation,)


@dataclass(frozen=True)
class TimeConfig:
    """Simulated period.

    Attributes
    ----------
    start, end : int
        First and last hour, seconds since 1970, both included.
    steps : int
        Number of hourly steps that ngen makes.
    interval : int
        ``output_interval``, s.
    misuse : bool
        After these steps ngen aborts.
    """

    start: int
    end: int
    steps: int
    interval: int = 3600
    misuse: bool = False


@dataclass(frozen=True)
class LayerConfig:
    """An entry of ``layers``: its id and the length of its time step in a unit of time."""

    id: int
    time_step: float
    units: str


@dataclass(frozen=True)
class OutputConfig:
    """What is written, and where.

    Attributes
    ----------
    refused : str
        Why ngen refuses this block when it opens its files; empty: it does not.
    """

    root: str = "./"
    precision: int = 9
    catchments: bool = True
    catchments_in_one_file: bool = False
    nexuses: bool = True
    refused: str = ""


@dataclass(frozen=True)
class Realization:
    """A parsed realization file."""

    path: str
    time: TimeConfig
    output: OutputConfig
    default: CatchmentConfig | None
    catchments: Mapping[str, CatchmentConfig]
    layers: tuple[LayerConfig, ...] = ()

    def for_catchment(self, catchment_id: str) -> CatchmentConfig | None:
        """Return the configuration of a catchment: its own, else the global one, else None."""
        return self.catchments.get(catchment_id, self.default)
