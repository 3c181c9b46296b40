"""Potential evapotranspiration from AORC forcing, by five methods."""

from pet_bmi.bmi import BmiPet

__all__ = ["BmiPet"]
