"""Pictures: avatars and gift pictures, fetched once, checked, made anew small, kept, and served from our own address.

A view names a picture only when it is here; a failed one is null and is tried again later. No page ever loads from
another host, so nobody learns the creator's address.
"""

from overlay.pictures.keeper import Pictures

__all__ = ["Pictures"]
