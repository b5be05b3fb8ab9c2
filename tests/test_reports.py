"""What holds for every format: no coordinates where they were to be left out, and the same bytes for the same plan."""

from __future__ import annotations

import io
import os
import re
import shutil
import zipfile
from functools import cache

import numpy as np
import pyarrow as pa
import pyogrio
import pyproj
import pytest
import shapely

from checker import writers
from checker.errors import CannotFinish
from checker.facts.store import _database
from checker.model import Report
from tests.golden import PACKAGES
from tests.reports import checked, demo, every_outcome

PLANS = ("smart-city-mistakes", "near-term", "territorial")
Ranges = tuple[tuple[float, float], ...]


@cache
def coordinates() -> np.ndarray:
    """Every coordinate of the layers of the demo, as it is stored and in CGCS2000: x beside y, of shape (n, 2)."""
    found = []
    for path in [file for plan in PLANS for file in (PACKAGES / plan).glob("*.gpkg")]:
        for name, _ in pyogrio.list_layers(path):
            meta, _, wkb, _ = pyogrio.raw.read(path, layer=name)
            xy = shapely.get_coordinates(shapely.from_wkb(wkb))
            to_degrees = pyproj.Transformer.from_crs(meta["crs"], "EPSG:4490", always_xy=True)
            found += [xy, np.column_stack(to_degrees.transform(xy[:, 0], xy[:, 1]))]
    return np.concatenate(found)


@cache
def ranges() -> Ranges:
    """From where to where coordinates go: in metres and in degrees, x and y."""
    in_metres = np.abs(coordinates()).max(axis=1) > 1000
    return tuple(
        (float(column.min()), float(column.max()))
        for part in (coordinates()[in_metres], coordinates()[~in_metres])
        for column in part.T
    )


def parts(content: str | bytes) -> list[bytes]:
    """The content of a report; of a zip that of its members."""
    data = content.encode() if isinstance(content, str) else content
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return [data]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [archive.read(name) for name in archive.namelist()]


def leaks(content: str | bytes) -> set[str]:
    """The numbers in a report that can be coordinates of the demo: in digits, or as the eight bytes of one of its layers."""
    found: set[str] = set()
    for data in parts(content):
        found |= in_digits(data.decode("utf-8", "replace"))
        if b"\0" in data:
            found |= in_bytes(data)
    return found


def in_digits(text: str) -> set[str]:
    text = re.sub(r"(?=[0-9]*[a-f])[0-9a-f]{10,}", " ", text)  # hashes
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    numbers = re.findall(r"(?<![\d.])\d{6,7}(?:\.\d+)?(?![\d])|(?<![\d.])\d{2,3}\.\d{3,}", text)
    return {n for n in numbers if any(low <= float(n) <= high for low, high in ranges())}


def in_bytes(data: bytes) -> set[str]:
    known = np.unique(np.round(coordinates().ravel(), 6))
    found: set[str] = set()
    for start in range(8):
        numbers = np.frombuffer(data[start : start + (len(data) - start) // 8 * 8], dtype="<f8")
        near = np.round(numbers[(numbers > 1) & (numbers < 1e8) & (numbers % 1 != 0)], 6)
        found |= {str(v) for v in np.intersect1d(near, known)}
    return found


def test_the_search_finds_what_is_there() -> None:
    report = demo()
    assert report.geometry_crs and len(leaks(writers.write(report, "json", "zh"))) > 50
    assert leaks(writers.write(report, "text", "zh"))  # where a polygon crosses itself
    for place in coordinates()[[0, -1]]:
        assert leaks(b"\x01" + shapely.to_wkb(shapely.Point(place)))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.json", writers.write(report, "json", "zh"))
    assert leaks(archive.getvalue())


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("form", writers.FORMATS)
def test_without_coordinates_no_format_has_any(form: str, lang: str) -> None:
    report = every_outcome(with_coordinates=False)
    if form == "gpkg":  # it is made of nothing else
        with pytest.raises(CannotFinish):
            writers.write(report, form, lang)
        return
    assert {f.id for f in report.findings} == {f.id for f in demo().findings}  # the conflicts are all there
    assert leaks(writers.write(report, form, lang)) == set()


# ---- the same bytes ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report on the same plan in another folder, its files written in another order, with another number of threads."""
    folder = tmp_path_factory.mktemp("别处")
    for plan in reversed(PLANS):
        (folder / plan).mkdir()
        for file in sorted((PACKAGES / plan).iterdir(), reverse=True):
            shutil.copyfile(file, folder / plan / file.name)
    database, before = _database(os.getpid()), pa.cpu_count()
    (threads,) = database.execute("SELECT current_setting('threads')").fetchone() or (1,)
    other = 1 if threads > 1 else 4
    try:
        database.execute(f"SET threads = {other}")
        pa.set_cpu_count(other)
        return checked(folder / PLANS[0], True)
    finally:
        database.execute(f"SET threads = {threads}")
        pa.set_cpu_count(before)


@pytest.mark.parametrize("form", ["json", "sarif", "shacl", "junit", "text"])
def test_the_same_plan_gives_the_same_bytes(form: str, elsewhere: Report) -> None:
    assert writers.write(elsewhere, form, "zh") == writers.write(demo(), form, "zh")
