"""softfocus: finds the person in every webcam frame and blurs or replaces everything else."""
