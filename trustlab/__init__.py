"""Trustworthy machine learning from inside the notebook: ``%load_ext trustlab``, or ``import trustlab as tl``."""

import sys

from trustlab.surfaces.magics import load_ipython_extension, unload_ipython_extension
from trustlab.surfaces.python import TrustlabModule

__all__ = ["load_ipython_extension", "unload_ipython_extension"]

sys.modules[__name__].__class__ = TrustlabModule
