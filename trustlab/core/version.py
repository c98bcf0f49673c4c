"""Which trustlab this is: a constant, since asking the installed package takes longer than many commands."""

VERSION = "0.1.0"
