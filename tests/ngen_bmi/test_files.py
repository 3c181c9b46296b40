"""Files appear whole or not at all, and a failure leaves what was there before."""

import numpy as np
import pytest

from ngen_bmi.driver import write_results
from ngen_bmi.files import whole_file


def test_a_file_takes_its_name_at_the_end(tmp_path):
    path = tmp_path / "a.csv"
    with whole_file(path) as partial:
        partial.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(type(error)) as caught, whole_file(path) as partial:  # noqa: PT012
        partial.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    if isinstance(error, OSError):
        assert str(path) in str(caught.value)
        assert "No space left" in str(caught.value)


def test_the_driver_writes_whole_files(tmp_path):
    """A value that cannot be formatted stops the writing in the middle."""
    path = tmp_path / "out.csv"
    path.write_text("old")
    values = np.array([1.0, 2.0, None], dtype=object)
    with pytest.raises(TypeError):
        write_results(path, ["a", "b", "c"], {"Q": values})
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
