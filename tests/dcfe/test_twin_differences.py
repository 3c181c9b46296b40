"""The twin's gradients are the ensemble's differences, to 1e-6, in a thousand random catchments of all schemes.

Differences are taken to both sides, at several distances. Where the two sides agree there is no kink between them, and
the gradient has to be what they agree on. Where they do not at any distance, a kink is at hand: these are set aside,
and so is what is too small to be seen above round-off. Their shares are bounded.
"""

import numpy as np
import pytest

from cfe_bmi.state import GIUH, ODE
from tests.dcfe.twin_cases import (
    FORCING,
    LATERAL,
    NAMES,
    ORDINATES,
    SCHEMES,
    SURFACE,
    gradients,
    random_inputs,
    random_weights,
    scheme_id,
)
from tests.dcfe.twin_differences import Seed, chosen, derivatives, weights_of_results

CATCHMENTS, STEPS = 16, 12
DISTANCES, PRECISION = (5e-6, 1e-4, 3e-3), 4e-15
"""Of the size of an input, which is judged at the first distance that shows it to be smooth; of results."""

WIDE_DISTANCES, LOWER_PRECISION = (3e-4, 3e-3, 1e-2), 1e-12
"""Where the soil is integrated numerically, whose volumes are right to 1e-13 of what moves."""

assert CATCHMENTS * len(SCHEMES) >= 1000


def is_numerical(options):
    return options.soil_scheme == ODE and not options.linear_outlets


def compare(inputs, options, seeds, rng):
    """Shares of the inputs whose gradients were confirmed, and that were on a kink; the others could not be seen."""
    catchments, steps = inputs["rain"].shape
    weights = random_weights(rng, catchments, steps)
    found = gradients(inputs, options, weights)
    gradient = np.array([chosen(found[seed.name], seed) for seed in seeds])
    size = np.abs([chosen(inputs[s.name], s._replace(name="")) for s in seeds])
    distances, precision = (WIDE_DISTANCES, LOWER_PRECISION) if is_numerical(options) else (DISTANCES, PRECISION)
    confirmed, seen = np.zeros(gradient.shape, dtype=bool), np.zeros(gradient.shape, dtype=bool)
    for distance in distances:
        # what is 0 is not moved: it has one side only
        with np.errstate(invalid="ignore", divide="ignore"):
            up, down, unsure = derivatives(
                inputs, options, seeds, distance * size, weights_of_results(weights), precision
            )
        middle = 0.5 * (up + down)
        nothing = (up == 0.0) & (down == 0.0)
        visible = (unsure <= 2e-7 * np.abs(middle)) | nothing
        smooth = visible & (np.abs(up - down) <= 2e-7 * np.abs(middle)) & (size > 0.0)
        wrong = smooth & ~confirmed & ~(np.abs(gradient - middle) <= np.where(nothing, unsure, 1e-6 * np.abs(middle)))
        assert not wrong.any(), [
            (seeds[i].name, b, gradient[i, b], up[i, b], down[i, b], unsure[i, b]) for i, b in np.argwhere(wrong)[:5]
        ]
        confirmed |= smooth
        seen |= visible
    there = size > 0.0
    return confirmed[there].mean(), (seen & ~confirmed)[there].mean()


@pytest.mark.parametrize("options", SCHEMES, ids=scheme_id)
def test_gradients_are_those_of_differences(options):
    rng = np.random.default_rng(SCHEMES.index(options))
    inputs = random_inputs(rng, options, CATCHMENTS, STEPS)

    def columns(count):
        return rng.integers(0, count, CATCHMENTS)

    rainy = np.argmax(inputs["rain"] * rng.random(inputs["rain"].shape), axis=1)
    names = [name for name in NAMES if not (options.linear_outlets and name.startswith("soil_expon"))]
    seeds = [Seed(name) for name in (*names, "soil", "groundwater")]
    seeds += [Seed("lateral", columns(LATERAL)), Seed("rain", rainy), Seed("ordinates", columns(ORDINATES - 1))]
    seeds += [Seed(name, columns(STEPS)) for name in FORCING]
    seeds += [Seed("queue", columns(ORDINATES - 1)) if options.surface_runoff == GIUH else Seed("surface", columns(SURFACE))]  # fmt: skip  # noqa: E501
    confirmed, kinks = compare(inputs, options, seeds, rng)
    assert confirmed >= (0.85 if is_numerical(options) else 0.95)
    assert kinks <= 0.05


@pytest.mark.parametrize("options", SCHEMES[1::7], ids=scheme_id)
def test_gradients_to_varying_parameters_are_those_of_differences(options):
    rng = np.random.default_rng(100 + SCHEMES.index(options))
    inputs = random_inputs(rng, options, CATCHMENTS, STEPS)
    names = [name for name in NAMES if not (options.linear_outlets and name.startswith("soil_expon"))]
    for name in names:
        inputs[name] = inputs[name][:, None] * rng.uniform(0.98, 1.0, (CATCHMENTS, STEPS))
    seeds = [Seed(name, rng.integers(0, STEPS, CATCHMENTS)) for name in names]
    confirmed, kinks = compare(inputs, options, seeds, rng)
    assert confirmed >= (0.75 if is_numerical(options) else 0.9)
    assert kinks <= 0.05
