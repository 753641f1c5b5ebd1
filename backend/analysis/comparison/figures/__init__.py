"""The comparison's figures: curves, classes, calibration, fields against results."""
