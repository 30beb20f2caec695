"""What is measured of an answer: each metric with its source, its range and what it cannot tell."""
