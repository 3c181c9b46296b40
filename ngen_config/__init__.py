"""From a hydrofabric GeoPackage to configurations and a realization for ngen."""

from ngen_config.configure import configure
from ngen_config.request import Configured, Request

__all__ = ["Configured", "Request", "configure"]
