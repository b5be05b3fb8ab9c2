"""What breaks when a damaged file is read, and how a reader of layers says that it cannot be."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib

from checker.errors import CannotFinish, Text

# What zipfile raises for a damaged, encrypted or unknown kind of archive, and the disk for names that it cannot have.
BROKEN_ZIP = (
    *(zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, struct.error),
    *(zlib.error, lzma.LZMAError),
)


def unreadable(name: str, why: Text) -> CannotFinish:
    """The error for a spatial file: why it cannot be opened, and what to do."""
    return CannotFinish(
        Text(f"空间数据文件打不开：{why.zh}", f"This spatial file cannot be opened: {why.en}"),
        name,
        Text(
            "请在 QGIS 或 ArcGIS 中打开检查，重新导出为 GeoPackage。",
            "Check it in QGIS or ArcGIS and export it again as GeoPackage.",
        ),
    )


def disguised(name: str) -> CannotFinish:
    """The error for a spatial file that is not what its name says."""
    return unreadable(name, Text("内容与扩展名不符。", "it is not what its extension says."))
