"""Production's settings, with the collected static files in a folder of the benchmark's own."""

import os

from pyfactor.settings import *  # noqa: F403

STATIC_ROOT = os.environ["DAY_STATIC_ROOT"]
