"""A zip from somebody else: looked through, unpacked within limits, and kept so that its names never reach the disk.

The files lie under numbers, beside an index from the name in the package to the number. A name with ``..``, a link or a
device in it could therefore do nothing; it is refused all the same, because then something is wrong with the package.
"""

import json
import shutil
import stat
import sys
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Final, cast
from uuid import UUID, uuid4

from tracker.launch.faults import Fault, InvalidPackage, Kind, PackageTooLarge
from tracker.launch.schema import read_course
from tracker.launch.structure import Structure

__all__ = ["Limits", "Unpacked", "find_file", "read_xml", "remove", "unpack"]

STRUCTURE_FILE: Final = "cmi5.xml"
_ZIP: Final = "14.1.0.0-1"
_CHUNK: Final = 1 << 20
_INDEX: Final = "index.json"
_LISTED: Final = 320  # bytes in the zip's own list for each file, with a name as long as most systems take
_UTF8_FLAG: Final = 0x800
_ENCRYPTED_FLAG: Final = 0x1


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes. ``ratio``: unpacked to packed, looked at once the unpacked is past ``unsuspicious``."""

    package: int = 500_000_000
    unpacked: int = 2_000_000_000
    files: int = 50_000
    structure: int = 20_000_000
    ratio: int = 200
    unsuspicious: int = 50_000_000


@dataclass(frozen=True, slots=True)
class Unpacked:
    """``folder``: where its files are; None: it was an XML file by itself."""

    structure: Structure
    folder: UUID | None
    files: int
    size: int


def read_xml(content: bytes) -> Unpacked:
    """A cmi5.xml by itself (cmi5 14.2).

    :raises InvalidPackage:
    """
    return Unpacked(read_course(content, None), None, 0, 0)


def unpack(file: IO[bytes], root: Path, limits: Limits) -> Unpacked:
    """A zip, 32 or 64 bits (cmi5 14.1). Its files are under ``root`` afterwards, and nothing is when it is refused.

    :raises InvalidPackage:
    :raises PackageTooLarge:
    """
    try:
        measured = _Measured(file, max(limits.files * _LISTED, 1 << 16))
        with zipfile.ZipFile(cast("IO[bytes]", measured)) as archive:
            measured.most = sys.maxsize
            names = _names(archive, limits)
            return _unpack(archive, names, root, limits)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, UnicodeDecodeError, OverflowError):
        raise InvalidPackage([Fault(Kind.NOT_ZIP, _ZIP)]) from None


def find_file(root: Path, folder: UUID, name: str) -> Path | None:
    """Where a file of a package lies on the disk."""
    number = _index(root / str(folder)).get(name)
    return None if number is None else root / str(folder) / str(number)


def remove(root: Path, folder: UUID) -> None:
    shutil.rmtree(root / str(folder), ignore_errors=True)


def _unpack(archive: zipfile.ZipFile, names: Mapping[str, zipfile.ZipInfo], root: Path, limits: Limits) -> Unpacked:
    counter = _Counter(limits)
    structure = read_course(_read_structure(archive, names, limits), names)
    folder = uuid4()
    place = root / str(folder)
    place.mkdir(parents=True)
    try:
        damaged = []
        index = {}
        for number, (name, info) in enumerate(names.items()):
            try:
                _copy(archive, info, place / str(number), counter)
            except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
                if isinstance(error, OSError) and error.errno is not None:
                    raise  # our disk, not their package
                damaged.append(Fault(Kind.DAMAGED, _ZIP, values={"name": name}))
            except (NotImplementedError, RuntimeError):
                damaged.append(Fault(Kind.UNSUPPORTED, _ZIP, values={"name": name}))
            index[name] = number
        if damaged:
            raise InvalidPackage(damaged)
        (place / _INDEX).write_text(json.dumps(index))
    except BaseException:
        remove(root, folder)
        raise
    return Unpacked(structure, folder, len(names), counter.unpacked)


def _names(archive: zipfile.ZipFile, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    """Every file by its name, with slashes that lean forward."""
    infos = [info for info in archive.infolist() if not info.filename.endswith(("/", "\\"))]
    if len(infos) > limits.files:
        raise PackageTooLarge(f"{len(infos)} files, and {limits.files} are taken")
    faults: list[Fault] = []
    names: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = _name(info)
        if name.startswith("__MACOSX/") or name.rpartition("/")[2] == ".DS_Store":
            continue
        if (kind := _what_is_wrong(info, name, names)) is not None:
            faults.append(Fault(kind, _ZIP, values={"name": name[:200]}))
        names[name] = info
    if STRUCTURE_FILE not in names:
        faults.append(_no_structure(names))
    if faults:
        raise InvalidPackage(faults)
    return names


def _name(info: zipfile.ZipInfo) -> str:
    """UTF-8 where the package says so, or where it is so without saying; else the code page of the first zips."""
    name = info.orig_filename
    if not info.flag_bits & _UTF8_FLAG:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode()
    return name.replace("\\", "/").removeprefix("./")


def _what_is_wrong(info: zipfile.ZipInfo, name: str, names: Mapping[str, zipfile.ZipInfo]) -> Kind | None:
    parts = name.split("/")
    mode = info.external_attr >> 16
    if ".." in parts or not parts[0] or ":" in parts[0] or any(ord(sign) < 32 for sign in name):
        return Kind.UNSAFE_NAME
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return Kind.LINK
    if info.flag_bits & _ENCRYPTED_FLAG:
        return Kind.ENCRYPTED
    return Kind.SAME_NAME if name in names else None


def _no_structure(names: Mapping[str, zipfile.ZipInfo]) -> Fault:
    elsewhere = next((name for name in names if name.rpartition("/")[2].lower() == STRUCTURE_FILE), None)
    kind = Kind.NO_STRUCTURE if elsewhere is None else Kind.STRUCTURE_IN_FOLDER
    return Fault(kind, "14.1.0.0-2", values={"name": elsewhere or STRUCTURE_FILE})


def _read_structure(archive: zipfile.ZipFile, names: Mapping[str, zipfile.ZipInfo], limits: Limits) -> bytes:
    try:
        with archive.open(names[STRUCTURE_FILE]) as source:
            content = source.read(limits.structure + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise InvalidPackage([Fault(Kind.DAMAGED, _ZIP, values={"name": STRUCTURE_FILE})]) from None
    except (NotImplementedError, RuntimeError):
        raise InvalidPackage([Fault(Kind.UNSUPPORTED, _ZIP, values={"name": STRUCTURE_FILE})]) from None
    if len(content) > limits.structure:
        raise PackageTooLarge(f"{STRUCTURE_FILE} has more than {limits.structure} bytes")
    return content


class _Measured:
    """The zip, whose own list of files is read in one piece and made into objects before anybody can count them:
    500 MB of it would be some gigabytes of memory."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file = file
        self.most = most

    def read(self, count: int = -1) -> bytes:
        if count > self.most:
            raise PackageTooLarge(f"a list of files of {count} bytes")
        return self._file.read(count)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class _Counter:
    """What has come out so far. The sizes that a package tells of itself are not believed."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.unpacked = 0
        self._packed = 0

    def begin(self, info: zipfile.ZipInfo) -> None:
        self._packed += info.compress_size

    def add(self, count: int) -> None:
        self.unpacked += count
        if self.unpacked > self._limits.unpacked:
            raise PackageTooLarge(f"more than {self._limits.unpacked} bytes when it is unpacked")
        is_suspicious = self.unpacked > self._limits.unsuspicious
        if is_suspicious and self.unpacked > self._limits.ratio * max(self._packed, 1):
            raise PackageTooLarge(f"more than {self._limits.ratio} times as large when it is unpacked")


def _copy(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, counter: _Counter) -> None:
    counter.begin(info)
    with archive.open(info) as source, target.open("xb") as file:
        while chunk := source.read(_CHUNK):
            counter.add(len(chunk))
            file.write(chunk)


@lru_cache(maxsize=32)
def _index(folder: Path) -> Mapping[str, int]:
    try:
        found: dict[str, int] = json.loads((folder / _INDEX).read_text())
    except FileNotFoundError:
        return {}
    return found
