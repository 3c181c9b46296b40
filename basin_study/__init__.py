"""Studies over many basins: data, calibration, evaluation, and the test of a hypothesis."""
