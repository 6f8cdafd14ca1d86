"""Tiny wheels with the names, versions and requirements of a lock's packages, and their index."""

import base64
import hashlib
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import Message
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

_PINNED = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ;]+)(?P<marker> ;[^\\]*)?", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Pin:
    """One line of a lock: a package, its version, and the marker of machines that want it."""

    name: str
    version: str
    marker: str


def pins(lock: Path) -> list[Pin]:
    """Read a lock."""
    return [
        Pin(item["name"], item["version"], (item["marker"] or "").rstrip())
        for item in _PINNED.finditer(lock.read_text("utf-8"))
    ]


def newer(version: str) -> str:
    """Give the version of the next major release."""
    return f"{int(version.split('.', maxsplit=1)[0]) + 1}.0"


def build(folder: Path, name: str, version: str, requires: Sequence[str] | None = None) -> Path:
    """Write a wheel that holds nothing; it requires what the package of that name requires here."""
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    files = {
        f"{name.replace('-', '_')}_of_the_test.py": "",
        f"{info}/METADATA": _metadata(name, version, requires),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={_digest(text)},{len(text)}\n" for path, text in files.items())
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text)
        archive.writestr(zipfile.ZipInfo(f"{info}/RECORD"), f"{record}{info}/RECORD,,\n")
    return wheel


def write_lock(lock: Path, pinned: Iterable[Pin], folder: Path) -> None:
    """Pin the same packages to the wheels that were built of them in `folder`."""
    lines = []
    for pin in pinned:
        digest = hashlib.sha256(build(folder, pin.name, pin.version).read_bytes()).hexdigest()
        lines.append(f"{pin.name}=={pin.version}{pin.marker} \\\n    --hash=sha256:{digest}\n")
    lock.write_text("".join(lines))


def write_index(index: Path, folder: Path) -> str:
    """Make a simple index (PEP 503) of the wheels in `folder`; give its URL."""
    wheels = defaultdict(list)
    for wheel in sorted(folder.glob("*.whl")):
        wheels[wheel.name.split("-")[0].replace("_", "-").replace(".", "-").lower()].append(wheel)
    for name, files in wheels.items():
        page = index / name / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("".join(f'<a href="{file.as_uri()}">{file.name}</a>\n' for file in files))
    return index.as_uri()


def _metadata(name: str, version: str, requires: Sequence[str] | None) -> str:
    result = Message()
    result["Metadata-Version"] = "2.1"
    result["Name"] = name
    result["Version"] = version
    if requires is not None:
        for require in requires:
            result["Requires-Dist"] = require
        return result.as_string()
    try:
        real = metadata(name)
    except PackageNotFoundError:  # wanted on other machines only
        return result.as_string()
    for field in ("Requires-Dist", "Provides-Extra"):
        for value in real.get_all(field) or ():
            result[field] = value
    return result.as_string()


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
