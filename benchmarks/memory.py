"""Memory of this process, and peaks of runs in processes of their own."""

from __future__ import annotations

import json

from benchmarks.common import ROOT, child, part, show

MIB = 1024.0 * 1024.0


_CODE = """
import json, sys
sys.path.insert(0, {root!r})
from ngen_ensemble.process_memory import peak_memory, resident_memory
from benchmarks.{module} import {maker}
work = {maker}{arguments!r}
before = resident_memory()
work()
print(json.dumps([before, peak_memory()]))
"""


def peaks(module: str, maker: str, arguments: tuple[object, ...]) -> tuple[float, float]:
    """Memory before the work that ``maker(*arguments)`` returns, and its peak with it, in a new process [MiB].

    The work is done in another process first, so that the compiler's memory does not count.
    """
    text = arguments if len(arguments) != 1 else (arguments[0],)
    code = _CODE.format(root=str(ROOT), module=module, maker=maker, arguments=text)
    child("-c", code)
    before, most = json.loads(child("-c", code).stdout.splitlines()[-1])
    return before / MIB, most / MIB


CASES = {
    "CFE, 10 000 basins x 240 hours": ("cfe", "plain_work", (10_000, 240)),
    "CFE, 100 basins x 1 year": ("cfe", "plain_work", (100, 8760)),
    "LGAR, 10 000 columns x 48 hours": ("lgar_scaling", "plain_work", (10_000, 48)),
    "gradient of CFE, 100 basins x 1 year": ("dcfe", "gradient_work", (100, 8760)),
    "gradient of CFE, 500 basins x 1 year": ("dcfe", "gradient_work", (500, 8760)),
    "gradient of CFE, 500 basins x 10 years": ("dcfe", "gradient_work", (500, 87_600)),
}


def main(quick: bool = False) -> None:
    """Measure peaks; forcing is there before the work, outputs are not."""
    with part("memory/peak", "peak memory of a process [MiB]: all of it, of which before the run"):
        for label, (module, maker, arguments) in list(CASES.items())[: 1 if quick else None]:
            before, most = peaks(module, maker, arguments)
            show(label, most, "MiB", f"{before:.0f} before", catchments=int(str(arguments[0])), steps=arguments[1])


if __name__ == "__main__":
    main()
