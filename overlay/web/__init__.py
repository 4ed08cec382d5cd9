"""Everything that is answered over HTTP: overlays, the stream, the studio, the API, and who may ask.

No rule of counting stands here.
"""
