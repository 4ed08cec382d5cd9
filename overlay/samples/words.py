"""What is said in a preview of captions, and what that is in the languages a translation may be wanted in.

It holds words and nothing else.
"""

from __future__ import annotations

from typing import Final

SPOKEN: Final = ("Tonight we try the long version,", "and then I sing the chorus")
STRAINED: Final = (
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk ist ein Wort, das niemand braucht,",
    "مرحبا بالجميع في البث المباشر اليوم و نبدأ الآن, 今日はみなさんに、とても大事なお知らせがあります。",
)
TRANSLATED: Final[dict[str, tuple[str, str]]] = {
    "ar": ("الليلة نجرب النسخة الطويلة،", "ثم أغني اللازمة"),
    "de": ("Heute probieren wir die lange,", "und dann singe ich den Refrain"),
    "es": ("Hoy probamos la versión larga,", "y luego canto el estribillo"),
    "fr": ("Ce soir, la version longue,", "puis je chante le refrain"),
    "id": ("Malam ini versi panjangnya,", "lalu aku nyanyi refrainnya"),
    "it": ("Stasera la versione lunga,", "e poi canto il ritornello"),
    "ja": ("今夜はロングバージョンです。", "そのあとサビを歌います"),
    "ko": ("오늘은 긴 버전을 해 볼게요,", "그다음 후렴을 부를게요"),
    "pt": ("Hoje vamos à versão longa,", "e depois canto o refrão"),
    "tr": ("Bu gece uzun versiyon,", "sonra nakaratı söylüyorum"),
    "vi": ("Tối nay hát bản dài,", "rồi mình hát điệp khúc"),
    "en": SPOKEN,
}


def translated(target: str | None) -> tuple[str, str]:
    """Both sentences in a language; in one that is not here, in Spanish."""
    return TRANSLATED.get((target or "es").partition("-")[0].lower(), TRANSLATED["es"])
