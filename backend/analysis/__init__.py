"""What is concluded from runs: tables, significance, comparisons and their figures."""
