"""Plans: ways to run the same training faster; one plan a file."""

from trustlab.train.plans.eager import Eager
from trustlab.train.plans.plan import Plan

__all__ = ["Eager", "Plan"]
