"""The eight figures to watch, ready to use; any other can be added."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """What an indicator starts out as."""

    key: str
    name_en: str
    name_ms: str
    unit: str
    better: str
    sign: str = ""


PRESETS = (
    Preset(
        "lead_conversion",
        "Lead conversion rate",
        "Kadar penukaran prospek",
        "%",
        "higher",
        "leads_dropped",
    ),
    Preset(
        "cycle_length",
        "Length of the sales cycle",
        "Tempoh kitaran jualan",
        "days",
        "lower",
        "leads_dropped",
    ),
    Preset("revenue_growth", "Revenue growth", "Pertumbuhan hasil", "%", "higher"),
    Preset(
        "acquisition_cost",
        "Cost of winning a customer",
        "Kos memperoleh pelanggan",
        "RM",
        "lower",
    ),
    Preset(
        "lead_quality",
        "Leads that Sales accepts",
        "Prospek yang diterima oleh Jualan",
        "%",
        "higher",
        "leads_dropped",
    ),
    Preset(
        "lead_quantity",
        "Leads passed to Sales",
        "Prospek yang diserahkan kepada Jualan",
        "",
        "higher",
    ),
    Preset(
        "attribution",
        "Revenue whose source both sides agree on",
        "Hasil yang puncanya dipersetujui oleh kedua-dua pihak",
        "%",
        "higher",
        "different_metrics",
    ),
    Preset(
        "customer_feedback",
        "Customer feedback",
        "Maklum balas pelanggan",
        "points",
        "higher",
        "customer_complaints",
    ),
)
BY_KEY = {preset.key: preset for preset in PRESETS}
