"""From a hydrofabric GeoPackage to configurations and a realization for ngen."""

from ngen_config.configure import Configured, Request, configure

__all__ = ["Configured", "Request", "configure"]
