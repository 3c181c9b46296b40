"""A model that worker processes can import; what it does is in its configuration file."""

import logging
import os
import signal
import sys
import time
import warnings
from pathlib import Path

from tests.ngen_harness.conftest import TinyModel

log = logging.getLogger("workers_model")


class OwnError(Exception):
    """Does not survive pickling."""

    def __init__(self, text, number):
        super().__init__(f"{text} {number}")


class Scripted(TinyModel):
    """Keeps a running sum with awkward digits; lines of the configuration are ``step action``."""

    def initialize(self, path):
        super().initialize(path)
        self.path = Path(path)
        self.actions = dict(line.split() for line in self.path.read_text().splitlines())
        self.count = -1
        self.act("create")

    def step(self, time):
        super().step(time)
        self.count += 1
        self.values["Q"] += 1.0 / (len(self.path.stem) + int(self.path.stem[4:]) + self.count)
        self.act(str(self.count))

    def finalize(self):
        self.act("finalize")
        self.path.with_suffix(".finalized").touch()

    def act(self, moment):
        action = self.actions.get(moment)
        if action is None:
            return
        if action == "raise":
            raise ValueError(f"{self.path.stem} does not like {moment}")
        if action == "own":
            raise OwnError(self.path.stem, 5)
        if action == "exit":
            sys.exit(f"{self.path.stem} leaves")
        if action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if action == "sleep":
            self.path.with_suffix(".pid").write_text(str(os.getpid()))
            time.sleep(600.0)
        if action == "log":
            log.warning("%s at %s", self.path.stem, moment)
        if action == "warn":
            warnings.warn("so it is", stacklevel=1)
