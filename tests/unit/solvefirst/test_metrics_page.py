"""docs/metrics.md and the alert rules name what `/metrics` tells, no more and no less."""

import re

import pytest
import yaml
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

from bot.outbound.counts import Counts
from kernel.clock import ManualClock
from kernel.supervisor import Supervisor
from solvefirst.doctor.finding import FindingLevel
from solvefirst.doctor.run import metrics_of
from solvefirst.metrics import loops, queues
from solvefirst.metrics.requests import RequestTimes
from solvefirst.project import ROOT
from solvefirst.settings import Settings

DOCS = ROOT / "docs"
NAME = re.compile(r"solvefirst_[a-z_]+")
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}


@pytest.fixture
def families(clock: ManualClock) -> list[Metric]:
    registry = CollectorRegistry()
    Counts(registry)
    RequestTimes(FastAPI(), registry, [])
    mine = [*loops.families(Supervisor(clock), clock.now()), *queues.as_families({}, clock.now())]
    return [*registry.collect(), *mine]


def samples(families: list[Metric]) -> set[str]:
    return {family.name + suffix for family in families for suffix in SUFFIXES[family.type]}


def test_each_metric_is_documented_and_nothing_else(families):
    page = (DOCS / "metrics.md").read_text("utf-8")
    seen = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    assert set(NAME.findall(page)) == seen
    assert len(seen) > 10


def test_alert_rules_ask_for_metrics_that_there_are(families):
    (group,) = yaml.safe_load((DOCS / "prometheus" / "alerts.yml").read_text("utf-8"))["groups"]
    rules = group["rules"]
    assert len({rule["alert"] for rule in rules}) == len(rules) > 8
    assert all(rule["annotations"]["summary"] for rule in rules)
    asked = {name for rule in rules for name in NAME.findall(rule["expr"])}
    assert len(asked) > 6
    assert asked <= samples(families)


def test_the_scrape_example_asks_each_part_with_the_token():
    example = yaml.safe_load((DOCS / "prometheus" / "scrape.yml").read_text("utf-8"))
    (job,) = example["scrape_configs"]
    assert job["authorization"] == {"credentials_file": "/etc/prometheus/solvefirst-token"}
    assert {config["labels"]["part"] for config in job["static_configs"]} == {"api", "bot", "jobs"}


@pytest.mark.parametrize(
    ("token", "seen"), [(None, "not served"), ("x" * 16, "served at /metrics")]
)
def test_doctor_tells_whether_metrics_are_on(token, seen):
    found = metrics_of(Settings(_env_file=None, metrics_token=token))
    assert found.seen.startswith(seen)
    assert found.verdict is FindingLevel.FINE
    assert "x" * 16 not in found.seen
