"""What of citizens goes by itself, and what a crash left behind."""

import os
import time

from case_service import CaseService, case_service
from some_files import keep, photo

from api.privacy.jobs import tidying_of_citizens
from api.services.attachments.uploads import Uploads
from api.store.attachments.files import LocalFiles, SealedFiles
from kernel.clock import SystemClock


def on_disk(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def tidy(service: CaseService):
    context = service.app.state.context
    for step in tidying_of_citizens(service.database, context.desk, context.files):
        while await step():
            pass


async def test_a_file_that_a_crash_left_without_a_row_goes_and_no_other(sqlite_url, tmp_path):
    clock = SystemClock()
    async with case_service(sqlite_url, clock) as service:
        folder = tmp_path / "files"
        files = SealedFiles(LocalFiles(folder), service.keyring)
        context = service.app.state.context
        object.__setattr__(context, "files", files)
        object.__setattr__(context, "uploads", Uploads(service.database, context.desk, files))
        await keep(service, photo())
        (kept,) = on_disk(folder)
        files.write("straystraystray", [b"left"])
        files.write("freshfreshfresh", [b"its row is still to come"])
        (folder / "ha").mkdir()
        (folder / "ha" / "halfhalfhalf.part").write_bytes(b"half")
        for path in folder.rglob("*"):
            if path.is_file() and not path.name.startswith("fresh"):
                os.utime(path, (time.time() - 7200, time.time() - 7200))
        await tidy(service)
        assert on_disk(folder) == sorted([kept, "freshfreshfresh"])


async def test_what_no_case_took_goes_with_its_bytes(service, clock):
    await keep(service, photo())
    bound = await keep(service, photo())
    await service.open(attachments=[bound.id])
    clock.advance(hours=25)
    await tidy(service)
    assert len(service.app.state.context.files._files.kept) == 1
    assert (await service.client.attachment(bound.id, contact_point="cnv_1")).body


async def test_words_of_a_forgotten_citizen_go_when_the_case_ends(service):
    kept = await keep(service, photo())
    case = await service.open(attachments=[kept.id])
    await service.client.erase_citizen("cnv_1")
    await tidy(service)
    assert (await service.client.case(case.number, contact_point="cnv_1")).happened
    await service.client.withdraw(case.number, "cnv_1", idempotency_key="w")
    await tidy(service)
    assert service.app.state.context.files._files.kept == {}
