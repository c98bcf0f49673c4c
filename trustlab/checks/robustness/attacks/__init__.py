"""Evasion attacks of the Adversarial Robustness Toolbox; one attack a file, listed in ``table``."""
