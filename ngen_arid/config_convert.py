"""``ngen-arid config convert``: a configuration in the other format."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ngen_bmi.config import load_yaml
from ngen_bmi.conversion import Converted
from ngen_bmi.errors import ConfigError
from ngen_bmi.files import whole_file
from ngen_bmi.text_config import TextConfig

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_DESCRIPTION = """\
Write a configuration of CFE or LGAR in the other format: YAML where the file ends in .yml or .yaml, else NOAA-OWP's
text, for LGAR with a soil file beside it. Numbers keep every bit. What the other format cannot express is listed, and
nothing is written unless --lossy says so. Comments and sources of values are not carried over.
"""

_YAML = (".yml", ".yaml")


def add_parser(commands: Subparsers) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("config", help="convert configurations between YAML and NOAA-OWP's text")
    actions = parser.add_subparsers(title="actions", dest="action", required=True, metavar="ACTION")
    convert = actions.add_parser(
        "convert",
        help="write a configuration in the other format",
        description=_DESCRIPTION,
        epilog="examples:  ngen-arid config convert cat-27.txt cat-27.yml;  ngen-arid config convert cat-27.yml c.txt",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    convert.add_argument("source", metavar="FILE", help="a configuration of CFE or LGAR")
    convert.add_argument("target", metavar="NEW_FILE", help="what to write")
    convert.add_argument("--lossy", action="store_true", help="write it without what cannot be expressed")
    convert.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Carry out the command; returns the exit status."""
    try:
        converted = convert(arguments.source, arguments.target, lossy=arguments.lossy)
    except (ConfigError, OSError, ValueError) as error:
        print(f"ngen-arid config convert: {error}", file=sys.stderr)
        return 1
    for line in converted.notes:
        print(f"note: {line}")
    for line in converted.lost:
        print(f"lost: {line}", file=sys.stderr)
    return 0


def convert(source: str | Path, target: str | Path, *, lossy: bool = False) -> Converted:
    """Write a configuration of CFE or LGAR in the format that the new file's ending stands for.

    Parameters
    ----------
    source, target : str or Path
        Files; .yml and .yaml stand for YAML, all others for text.
    lossy : bool
        Write also what is not all that the source says.

    Returns
    -------
    Converted
        What was written, and what there is to say about it.

    Raises
    ------
    ConfigError
        When the source cannot be used, or (without `lossy`) says what the other format cannot.
    ValueError
        When both files are of one format, or the new one would replace its source.
    """
    source, target = Path(source), Path(target)
    to_yaml = target.suffix.lower() in _YAML
    if (source.suffix.lower() in _YAML) == to_yaml:
        raise ValueError(f"{source} and {target} are of one format; .yml and .yaml stand for YAML, all others for text")
    model, formats = _model_of(source)
    config = model.load_config(source)
    converted: Converted = formats.as_yaml(config) if to_yaml else formats.as_text(config, target.stem)
    notes = (*converted.notes, *_not_carried(source, config))
    converted = Converted(converted.text, converted.lost, notes, converted.companions)
    if converted.lost and not lossy:
        raise ConfigError(source, [f"cannot be said in {target.name}: {line}" for line in converted.lost])
    if not converted.lost:
        _read_back(converted, target.name, model, formats, formats.content(config))
    for name, text in (*converted.companions, (target.name, converted.text)):
        with whole_file(target.with_name(name)) as path:
            path.write_text(text, encoding="utf-8")
    return converted


def _model_of(source: Path) -> tuple[Any, Any]:
    """Modules that read and write a file's model."""
    if source.suffix.lower() in _YAML:
        keys: Any = load_yaml(source)
        # the key may be left out; what only one model has says which it is
        usual = "cfe" if "parameters" in keys else "lgar" if "layers" in keys and "roots" not in keys else None
        model = keys.get("model", usual)
    else:
        keys = TextConfig.read(source).pairs
        model = "lgar" if "layer_thickness" in keys else "cfe" if any("soil_params." in key for key in keys) else None
    if model == "cfe":
        from cfe_bmi import config as cfe_config
        from cfe_bmi import config_formats as cfe_formats

        return cfe_config, cfe_formats
    if model == "lgar":
        from lgar_bmi import config as lgar_config
        from lgar_bmi import config_formats as lgar_formats

        return lgar_config, lgar_formats
    raise ConfigError(source, [f"model: {model!r} has no other format, or none that is known; expected cfe or lgar"])


def _not_carried(source: Path, config: Any) -> list[str]:
    """Lines of the source that have no effect, which the other file does without."""
    notes = [f"not carried over: {line}" for line in (*config.ignored, *config.doubts)]
    if source.suffix.lower() not in _YAML:
        from cfe_bmi.config_formats import HOUSEKEEPING

        keys = TextConfig.read(source).pairs
        if "layer_thickness" not in keys:
            notes += [f"not carried over: {key}: has no effect here" for key in keys if key in HOUSEKEEPING]
    return notes


def _read_back(converted: Converted, name: str, model: Any, formats: Any, wanted: Any) -> None:
    """Read what is to be written, and compare."""
    with tempfile.TemporaryDirectory() as folder:
        for file, text in (*converted.companions, (name, converted.text)):
            Path(folder, file).write_text(text, encoding="utf-8")
        found = formats.content(model.load_config(Path(folder, name)))
    if found != wanted:
        raise ValueError(f"{name} would not say the same, a fault of this program; nothing is written")
