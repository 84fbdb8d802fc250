"""What this machine needs for softfocus and lacks, and the line that puts it right."""

from .diagnose import diagnose
from .finding import Finding, printed

__all__ = ["Finding", "diagnose", "printed"]
