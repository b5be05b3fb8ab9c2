"""Two real zoning plans by others as the territorial plan; they lie outside the repository and may not be copied into it."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from checker import resources
from tests.packages import FORM, check, layer, workbook

DATA = Path(__file__).parents[2] / "shared" / "data" / "zoning-taiwan"
PACK = Path(__file__).parents[1] / "fixtures" / "packs" / "zoning-taiwan"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the real zoning plans are not beside this checkout (../shared/data)"
)


@pytest.mark.parametrize(
    ("plan", "protected", "urban"), [("D0301", "保護區", "特定商業專用區"), ("B0102", "風景區", "住宅區")]
)
def test_the_site_in_a_protected_zone_is_found(tmp_path: Path, plan: str, protected: str, urban: str) -> None:
    sites = {kind: site_in(DATA / f"{plan}.json", kind) for kind in (protected, urban)}
    codes = list(sites)
    projects = [("项目编号", "项目名称", "项目类型", "用地方式")]
    projects += [(code, f"{code}数据中心", "数据中心", "新增用地") for code in codes]
    workbook(tmp_path / "表.xlsx", {"规划信息": FORM, "项目表": projects})
    layer(
        tmp_path / "图.gpkg", "项目用地", list(sites.values()), {"用地编号": codes, "项目编号": codes}, crs="EPSG:3826"
    )

    ran = check(tmp_path, "--territorial", DATA / f"{plan}.json", "--pack", PACK)

    found = [f for f in ran.report["findings"] if f["rule"] == "TP-205"]
    assert [f["subject"]["zh"] for f in found] == [protected]
    assert protected in found[0]["message"]["zh"] and "数据中心" in found[0]["message"]["zh"]
    assert ran.outcome("TP-202") == "undecided"  # such a plan has no red-line layer
    assert ran.outcome("DQ-103") == "failed"  # and its CRS is not CGCS2000
    assert ran.status == 1


def test_the_pack_is_a_pack() -> None:
    assert resources.packs((PACK,))[1].root == PACK


def site_in(path: Path, kind: str) -> shapely.Geometry:
    """A building's footprint inside the largest zone of a kind."""
    import pyogrio

    _, table = pyogrio.read_arrow(path)
    shapes = shapely.from_wkb(table["wkb_geometry"].to_numpy())
    zones = [shape for shape, name in zip(shapes, table["分區類"].to_pylist(), strict=True) if name == kind]
    return max(zones, key=lambda zone: zone.area).representative_point().buffer(5, cap_style="square")
