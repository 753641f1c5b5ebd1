"""What is measured of a network: accuracy, calibration, attacks, soft-label quality."""
