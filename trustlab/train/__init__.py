"""Training: ready-made recipes and the user's own models, fitted the same way, seeded and noted down."""

from trustlab.train.code import Built, run_code
from trustlab.train.fit import fit
from trustlab.train.recipes import RECIPES, Recipe, build

__all__ = ["RECIPES", "Built", "Recipe", "build", "fit", "run_code"]
