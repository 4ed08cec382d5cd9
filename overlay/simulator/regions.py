"""Regions, countries and league classes, as the two sources list them. Only tables and look-ups."""

from __future__ import annotations

REGIONS: tuple[str, ...] = (
    *(
        "BR",
        "LATAM",
        "US+",
        "CA",
        "AU+",
        "JP",
        "KR",
        "TW",
        "ID",
        "MY",
        "PH",
        "CCA",
        "TH",
        "VN",
        "DE+",
        "ES+",
        "HU+",
        "PT+",
    ),
    *("FR+", "BK", "PL", "UK+", "IT+", "SE+", "NL", "RO", "MENA", "TR", "BC"),
)
LABELS: dict[str, str] = {
    "US+": "United States",
    "DE+": "Germany",
    "UK+": "United Kingdom",
    "BK": "Balkans",
    "JP": "Japan",
}
#: slug -> (country code, name, region code, countries of the region)
SLUGS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "greece": ("GR", "Greece", "BK", ("GR", "BG", "RS", "RO")),
    "balkans": ("BK", "Balkans", "BK", ("AL", "RS", "BA", "MK", "XK", "ME")),
    "north-america": ("US", "North America", "US+", ("US", "CA")),
    "united-states-region": ("US", "United States", "US+", ("US",)),
    "united-kingdom": ("GB", "United Kingdom", "UK+", ("GB", "IE")),
    "united-kingdom-region": ("GB", "United Kingdom", "UK+", ("GB", "IE")),
    "germany": ("DE", "Germany", "DE+", ("DE", "AT", "CH")),
    "france": ("FR", "France", "FR+", ("FR", "BE")),
    "spain": ("ES", "Spain", "ES+", ("ES",)),
    "italy": ("IT", "Italy", "IT+", ("IT",)),
    "brazil": ("BR", "Brazil", "BR", ("BR",)),
    "turkey": ("TR", "Türkiye", "TR", ("TR",)),
    "japan": ("JP", "Japan", "JP", ("JP",)),
    "south-korea": ("KR", "South Korea", "KR", ("KR",)),
    "latam": ("MX", "Latin America", "LATAM", ("MX", "AR", "CO", "CL", "PE")),
    "southeast-asia": ("ID", "Southeast Asia", "ID", ("VN", "TH", "ID", "MY", "PH")),
    "australia": ("AU", "Australia", "AU+", ("AU", "NZ")),
}
COUNTRIES: dict[str, str] = {"GB": "UK+", "GR": "BK", "MX": "LATAM", "SA": "MENA", "EG": "MENA"}
CLASSES: tuple[int, ...] = tuple(range(2000, 0, -100))


def resolve(text: str) -> str | None:
    """Resolve a region or a country code; a code keeps its plus."""
    code = text.strip().upper()
    if code in REGIONS:
        return code
    return COUNTRIES.get(code) or (f"{code}+" if f"{code}+" in REGIONS else None)


def label(class_type: int) -> str:
    """Name a league class: four letters of five steps."""
    step = CLASSES.index(class_type)
    return f"{'ABCD'[step // 5]}{step % 5 + 1}"
