"""What several pages choose with: nets, pictures, fits, comparisons, experiments."""
