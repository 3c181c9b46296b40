"""CFE, the Conceptual Functional Equivalent of the National Water Model, with a classic or an ODE soil scheme."""

from cfe_bmi.bmi import BmiCfe, BmiCfeOde

__all__ = ["BmiCfe", "BmiCfeOde"]
