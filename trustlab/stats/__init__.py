"""Pure functions on arrays: counts, intervals, tests, calibration, slices. No IO, no plots, no data frames."""
