"""What each part of a fleet must be told before it starts."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from solvefirst import roles
from solvefirst.doctor.finding import FindingLevel
from solvefirst.doctor.fleet import look_at_parts
from solvefirst.settings import Settings
from solvefirst.wiring.foundation import NotConfigured

REQUIRED = {
    "api": {"SOLVEFIRST_BOT_URL"},
    "bot": {"SOLVEFIRST_API_URL", "SOLVEFIRST_SERVICE_TOKEN"},
    "jobs": {"SOLVEFIRST_BOT_URL"},
}
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def whole(tmp_path: Path) -> Settings:
    """All that any part needs."""
    return Settings(
        var=tmp_path,
        api_url=NOWHERE,
        bot_url=NOWHERE,
        service_token=SecretStr("a token"),
        secret_key=SecretStr("k1:x"),
        database_url="postgresql://city@127.0.0.1/city",
        redis_url="redis://127.0.0.1:6379/0",
    )


@pytest.mark.parametrize("part", roles.PARTS)
def test_a_part_that_was_told_all_lacks_nothing(part, whole):
    assert list(roles.missing(whole, part)) == []
    roles.require(whole, part)


@pytest.mark.parametrize("part", roles.PARTS)
def test_a_part_that_was_told_nothing_is_refused_and_all_it_requires_is_named(part, tmp_path):
    bare = Settings(var=tmp_path)
    with pytest.raises(NotConfigured) as refused:
        roles.require(bare, part)
    lines = str(refused.value).splitlines()
    assert {line.split()[0] for line in lines} == REQUIRED[part]
    assert all("Set it to" in line for line in lines)
    warned = {need.setting for need in roles.missing(bare, part) if not need.required}
    assert {"SOLVEFIRST_SECRET_KEY", "SOLVEFIRST_DATABASE_URL", "SOLVEFIRST_REDIS_URL"} <= warned


def test_the_documents_name_every_setting_that_a_part_needs():
    root = Path(__file__).parents[3]
    for page in ("README.md", "README.zh-CN.md", "docs/deploy.md"):
        text = (root / page).read_text("utf-8")
        assert {need.setting for need in roles.NEEDS if need.setting not in text} == set(), page


def test_doctor_finds_that_pushes_would_go_nowhere(tmp_path):
    settings = Settings(var=tmp_path, api_url=NOWHERE, service_token=SecretStr("a token"))
    wrong = [part for part in look_at_parts(settings, None) if part.verdict is FindingLevel.WRONG]
    assert [item.seen for item in wrong if "is not set" in item.seen] == [
        "SOLVEFIRST_BOT_URL is not set"
    ]
    assert wrong[0].subject == "serve --only api, jobs"


def test_doctor_says_nothing_of_parts_to_a_single_process(tmp_path):
    assert list(look_at_parts(Settings(var=tmp_path), None)) == []
