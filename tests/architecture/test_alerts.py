"""`deploy/alerts.yml` against the instruments and against docs/operations.md."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.http_figures import HttpFigures
from bot.metrics import build_metrics

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
OF_PROMETHEUS = {"up"}
FUNCTIONS = {"by", "histogram_quantile", "increase", "le", "pool", "rate", "route", "sum"}
BY_NAME = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])


def instruments() -> dict[str, set[str]]:
    """Every series' name, with its labels."""
    found: dict[str, set[str]] = {}
    metrics = build_metrics()
    for name in metrics.__dataclass_fields__:
        instrument = getattr(metrics, name)
        is_own = isinstance(instrument, HttpFigures)
        if not is_own and not hasattr(instrument, "_labelnames"):
            continue
        for family in instrument.collect() if is_own else instrument.describe():
            labels = set(family._labelnames if is_own else instrument._labelnames)
            ending = "_total" if family.type == "counter" else ""
            endings = ("_bucket", "_count", "_sum") if family.type == "histogram" else (ending,)
            for each in endings:
                extra = {"le"} if each == "_bucket" else set()
                found[family.name + each] = labels | extra
    return found


def test_there_are_at_least_ten_rules_with_names_of_their_own() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names)) >= 10


@BY_NAME
def test_rule_uses_only_series_and_labels_that_exist(rule: dict[str, Any]) -> None:
    known = instruments()
    plain = re.sub(r'"[^"]*"', "", rule["expr"])
    selectors = re.findall(r"\b([a-z_]+)(?:\{([^}]*)\})?", re.sub(r"\[[^\]]*\]", "", plain))
    used = [(name, labels) for name, labels in selectors if name.startswith("regulars_")]
    assert used or rule["expr"].startswith("up{")
    for name, labels in used:
        assert name in known
        assert set(re.findall(r"([a-z_]+)\s*[=!]", labels)) <= known[name]
    outside = re.sub(r"\{[^}]*\}", "", plain)
    words = set(re.findall(r"[a-z_]+", re.sub(r"\[[^\]]*\]", "", outside)))
    assert words <= set(known) | OF_PROMETHEUS | FUNCTIONS
    assert plain.count("(") == plain.count(")")


@BY_NAME
def test_rule_has_its_entry_in_the_operations_page(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"
    entry = OPERATIONS.partition(f"### {rule['alert']}\n")[2].partition("\n#")[0]
    for part in ("**Means** ", "**Look** ", "**Do** "):
        assert part in entry


def test_operations_page_describes_no_alert_that_is_not_there() -> None:
    described = set(re.findall(r"^### (Regulars\w+)$", OPERATIONS, re.MULTILINE))
    assert described == {rule["alert"] for rule in RULES}


def test_operations_page_names_every_instrument() -> None:
    named = set(re.findall(r"^\| `(regulars_\w+)` \|", OPERATIONS, re.MULTILINE))
    known = {re.sub(r"_(bucket|count|sum)$", "", name) for name in instruments()}
    assert named == known
