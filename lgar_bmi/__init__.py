"""LGAR, Layered Green and Ampt with redistribution: wetting fronts in a layered soil, for dry climates."""

from lgar_bmi.bmi import BmiLgar

__all__ = ["BmiLgar"]
