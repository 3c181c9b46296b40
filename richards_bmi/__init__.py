"""The Richards equation that LGAR stands for: water in a layered soil, cell by cell."""

from richards_bmi.bmi import BmiRichards

__all__ = ["BmiRichards"]
