"""Differentiable twins of the components, and learning of their parameters."""
