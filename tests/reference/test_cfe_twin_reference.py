"""The twin of CFE over the recorded cases of the C model: the BMI component's numbers.

The component is compared with the C model in test_cfe_reference.py, which this test needs the cases of.
"""

import numpy as np
import pytest
import torch

from cfe_bmi.config import load_config
from cfe_bmi.ensemble import EnsembleForcing, gather
from dcfe import DifferentiableCfe
from tests.reference.test_cfe_reference import INDEX, PUBLISHED, REFERENCE, bmi_run, forcing_of

OUTPUTS = tuple(name.lower() for name in PUBLISHED if name not in ("GIUH_RUNOFF", "SURF_RUNOFF_SCHEME"))


@pytest.mark.parametrize("case", sorted(INDEX))
def test_the_twin_gives_the_numbers_of_the_component(case: str) -> None:
    config = load_config(REFERENCE / case / "config.ini")
    parameters, state, ordinates, options = gather([config])
    forcing = {name: torch.tensor(values[None]) for name, values in forcing_of(case).items()}
    satdk = torch.tensor(parameters.satdk, requires_grad=True)
    run = DifferentiableCfe(options, OUTPUTS)(
        parameters._asdict() | {"satdk": satdk},
        EnsembleForcing(
            forcing["rain_mm_h"],
            forcing["pet_m_s"],
            forcing["ice_fraction_schaake"],
            forcing["ice_fraction_xinanjiang"],
            forcing[f"smc_{config.supply_layer}"],
            config.supply_thickness,
        ),
        state,
        ordinates,
    )
    expected = bmi_run(case)
    assert expected["Q_OUT"].size == 480
    for name in OUTPUTS:
        found = run.outputs[name].detach().numpy()[0]
        assert np.max(np.abs(found - expected[name.upper()])) <= 1e-15, name
    assert run.outputs["q_out"].requires_grad
