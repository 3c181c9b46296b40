"""The grid of a catchment value: one scalar. ngen never asks; BMI tools do."""

from __future__ import annotations

from typing import Any, NoReturn

from bmipy import Bmi
from numpy.typing import NDArray


class ScalarGridBmi(Bmi):
    """Answers BMI's grid functions for components that live on grid 0, a scalar."""

    def get_var_grid(self, name: str) -> int:
        """Grid of a variable: 0."""
        self.get_value_ptr(name)
        return 0

    def get_var_location(self, name: str) -> str:
        """Location of a variable on its grid."""
        self.get_value_ptr(name)
        return "node"

    def get_grid_rank(self, grid: int) -> int:
        """Rank of the grid: a scalar has none."""
        self._check_grid(grid)
        return 0

    def get_grid_size(self, grid: int) -> int:
        """Number of nodes: 1."""
        self._check_grid(grid)
        return 1

    def get_grid_type(self, grid: int) -> str:
        """Type of the grid."""
        self._check_grid(grid)
        return "scalar"

    def get_grid_node_count(self, grid: int) -> int:
        """Number of nodes: 1."""
        self._check_grid(grid)
        return 1

    @staticmethod
    def _check_grid(grid: int) -> None:
        if grid != 0:
            raise ValueError(f"there is one grid, 0, not {grid}")

    def _no_mesh(self) -> NoReturn:
        raise NotImplementedError(f"{self.get_component_name()}: a scalar grid has no shape, coordinates or mesh")

    def get_grid_shape(self, grid: int, shape: NDArray[Any]) -> NDArray[Any]:
        """Not available for a scalar."""
        self._no_mesh()

    def get_grid_spacing(self, grid: int, spacing: NDArray[Any]) -> NDArray[Any]:
        """Not available for a scalar."""
        self._no_mesh()

    def get_grid_origin(self, grid: int, origin: NDArray[Any]) -> NDArray[Any]:
        """Not available for a scalar."""
        self._no_mesh()

    def get_grid_x(self, grid: int, x: NDArray[Any]) -> NDArray[Any]:
        """Not available for a scalar."""
        self._no_mesh()

    def get_grid_y(self, grid: int, y: NDArray[Any]) -> NDArray[Any]:
        """Not available for a scalar."""
        self._no_mesh()

    def get_grid_z(self, grid: int, z: NDArray[Any]) -> NDArray[Any]:
        """Not available for a scalar."""
        self._no_mesh()

    def get_grid_edge_count(self, grid: int) -> int:
        """Not available for a scalar."""
        self._no_mesh()

    def get_grid_face_count(self, grid: int) -> int:
        """Not available for a scalar."""
        self._no_mesh()

    def get_grid_edge_nodes(self, grid: int, edge_nodes: NDArray[Any]) -> NDArray[Any]:
        """Not available for a scalar."""
        self._no_mesh()

    def get_grid_face_edges(self, grid: int, face_edges: NDArray[Any]) -> NDArray[Any]:
        """Not available for a scalar."""
        self._no_mesh()

    def get_grid_face_nodes(self, grid: int, face_nodes: NDArray[Any]) -> NDArray[Any]:
        """Not available for a scalar."""
        self._no_mesh()

    def get_grid_nodes_per_face(self, grid: int, nodes_per_face: NDArray[Any]) -> NDArray[Any]:
        """Not available for a scalar."""
        self._no_mesh()
