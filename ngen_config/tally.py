"""Count where every value came from: what the report of a configuration is made of."""

from __future__ import annotations

from dataclasses import dataclass, field

_EXAMPLES = 10


@dataclass
class Source:
    """Where the values of one parameter came from.

    Attributes
    ----------
    attribute : str
        Column of the hydrofabric, with its unit; empty where there is none.
    rule : str
        What was done with it, and what stands in for it.
    given, null, missing : int
        Divides with a value, with NULL, and without the column, the row or the layer.
    examples : list of str
        The first of those without a value.
    """

    attribute: str
    rule: str
    given: int = 0
    null: int = 0
    missing: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass
class Tally:
    """Everything that is counted while divides are configured.

    Attributes
    ----------
    sources : dict
        Parameter -> `Source`, in order.
    classes : dict
        Soil class -> divides.
    divides : int
    area : float
        Their sum [km2].
    problems : list of str
    ranges : dict
        Column -> least and largest value, in the column's unit.
    dry : int
        Divides of CFE whose soil begins below the wilting point.
    wilting : tuple of float
        Least and largest of their wilting points, as shares of the pores.
    """

    sources: dict[str, Source] = field(default_factory=dict)
    classes: dict[str, int] = field(default_factory=dict)
    divides: int = 0
    area: float = 0.0
    problems: list[str] = field(default_factory=list)
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    dry: int = 0
    wilting: tuple[float, float] = (1.0, 0.0)

    def saw(self, column: str, value: float) -> None:
        """Note a value of a column."""
        low, high = self.ranges.get(column, (value, value))
        self.ranges[column] = (min(low, value), max(high, value))

    def began(self, storage: float, wilting: float) -> None:
        """Note a soil's first storage and its wilting point, both as shares of the pores."""
        if storage < wilting:
            self.dry += 1
            self.wilting = (min(self.wilting[0], wilting), max(self.wilting[1], wilting))

    def count(self, parameter: str, attribute: str, rule: str, divide: str, how: str) -> None:
        """Count one value.

        Parameters
        ----------
        parameter, attribute, rule : str
        divide : str
            Its id.
        how : str
            ``given``, ``null`` or ``missing``.
        """
        source = self.sources.setdefault(parameter, Source(attribute, rule))
        setattr(source, how, getattr(source, how) + 1)
        if how != "given" and len(source.examples) < _EXAMPLES:
            source.examples.append(divide)
