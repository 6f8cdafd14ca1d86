"""Which model a process opens, and what is said when the one in service is broken."""

import asyncio
import shutil
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from kernel.clock import ManualClock
from nlu.serve.understanding import MODEL
from solvefirst.doctor.run import FindingLevel, look
from solvefirst.nlu import models
from solvefirst.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(var=tmp_path)


@pytest.fixture
def version(settings):
    """A version that serves."""
    versions = models.versions(settings)

    def fill(folder):
        shutil.copytree(MODEL, folder, dirs_exist_ok=True)
        return {}

    name = versions.make(fill, datetime(2026, 11, 26, tzinfo=UTC), versions.current())
    versions.point(name)
    return name


def opened(settings):
    with capture_logs() as logs:
        parse = models.loaders(settings, ManualClock())[models.COMPONENT]({"model": str(MODEL)})
    assert asyncio.run(parse("路灯坏了"))["category"]["code"]
    return logs


def findings(settings):
    return {item.subject: item for item in look(settings)}


def test_the_version_in_service_is_opened(settings, version):
    assert [(item["event"], item["version"]) for item in opened(settings)] == [
        ("model_opened", version)
    ]
    assert f"version {version} reads" in findings(settings)["understanding"].seen


def test_a_broken_version_is_told_and_the_last_good_one_serves(settings, version):
    (models.versions(settings).path(version) / "weights.npz").write_bytes(b"broken")
    refused, served = opened(settings)
    assert (refused["event"], refused["log_level"]) == ("model_refused", "error")
    assert (refused["version"], refused["serving"]) == (version, "shipped")
    assert (served["event"], served["version"]) == ("model_opened", "shipped")
    finding = findings(settings)["understanding"]
    assert finding.verdict is FindingLevel.WRONG
    assert f"{version} is refused" in finding.seen
    assert "nlu rollback shipped" in finding.advice


def test_the_alarm_is_that_of_the_version_that_serves(settings, version):
    assert models.serving(settings) == models.versions(settings).path(version)
    shutil.rmtree(models.serving(settings))
    assert models.serving(settings) == MODEL
