"""Physics and numbers that the model components share."""
