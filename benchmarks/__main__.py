"""``make bench``: speed, memory and accuracy of all components."""

from benchmarks import calibration, cfe, dcfe, harness, lgar, lgar_tangents, pet, richards
from benchmarks.common import say_where

if __name__ == "__main__":
    say_where()
    cfe.main()
    lgar.main()
    lgar_tangents.main()
    richards.main()
    pet.main()
    dcfe.main()
    calibration.main()
    harness.main()
