"""One ZIP file that helps others to find a fault, without anything that is nobody else's business.

Used by the web and the command line.
"""

from comicmaintainer.support_bundle.bundle import bundle_name, support_bundle

__all__ = ["bundle_name", "support_bundle"]
