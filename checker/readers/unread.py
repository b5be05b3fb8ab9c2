"""The formats that are not read, each with the conversion to do; hands on the remark or the refusal that names it."""

from __future__ import annotations

from pathlib import Path

from checker.errors import CannotFinish, Text

_WORD = Text("请在 Word 或 WPS 中打开，另存为 .docx。", "Open it in Word or WPS and save it as .docx.")
_EXCEL = Text("请在 Excel 或 WPS 中打开，另存为 .xlsx。", "Open it in Excel or WPS and save it as .xlsx.")
_DRAWING = Text(
    "请在 CAD 中另存为文本格式的 DXF（2013 版，外部参照先绑定），或转换为 .gpkg。",
    "Save it as DXF 2013 in text form (ASCII) in your CAD program, external references bound, or convert it to .gpkg.",
)
_DATABASE = Text(
    "请在 ArcGIS 或 QGIS 中把图层导出为 .gdb 或 .gpkg，把表导出为 .xlsx。",
    "Export its layers as .gdb or .gpkg in ArcGIS or QGIS, and its tables as .xlsx.",
)
_EXCHANGE = Text(
    "请用数据转换工具转换为 .gdb 或 .gpkg。", "Convert it to .gdb or .gpkg with your data conversion tool."
)
_ARCHIVE = Text(
    "请解压，把其中的文件直接放入成果文件夹，或改用 .zip 打包。",
    "Unpack it and put its files into the package's folder, or pack that as .zip.",
)
_INNER_ZIP = Text("请解压，把其中的文件直接放入成果文件夹。", "Unpack it and put its files into the package's folder.")
_JSON = Text(
    "如果是 GeoJSON 图层，请把扩展名改为 .geojson。", "If it is a GeoJSON layer, change its extension to .geojson."
)
_CONVERSIONS = {
    ".doc": _WORD, ".wps": _WORD, ".docm": _WORD, ".rtf": _WORD, ".odt": _WORD,
    ".et": _EXCEL, ".ett": _EXCEL, ".xlsm": _EXCEL, ".xlsb": _EXCEL, ".ods": _EXCEL,
    ".dwg": _DRAWING, ".dgn": _DRAWING,
    ".mdb": _DATABASE, ".accdb": _DATABASE,
    ".vct": _EXCHANGE, ".kml": _EXCHANGE, ".kmz": _EXCHANGE,
    ".rar": _ARCHIVE, ".7z": _ARCHIVE, ".tar": _ARCHIVE, ".gz": _ARCHIVE,
}  # fmt: skip
# What is read when it is given alone, but not inside a package.
_ONLY_ALONE = {".zip": _INNER_ZIP, ".json": _JSON}
# Files for people: the drawings, the stamped text. They belong into a package as they are.
_FOR_PEOPLE = {".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".gif"}


def is_for_people(extension: str) -> bool:
    """Whether files with this extension belong into a package though nothing reads them."""
    return extension.lower() in _FOR_PEOPLE


def is_submitted(extension: str) -> bool:
    """Whether plans are handed in as files with this extension, though they are read only in another format."""
    return extension.lower() in _CONVERSIONS.keys() | _ONLY_ALONE.keys()


def is_workbook(extension: str) -> bool:
    """Whether files with this extension are workbooks in a format that is not read."""
    return _CONVERSIONS.get(extension.lower()) is _EXCEL


def for_people(extension: str, count: int) -> Text:
    """What to tell of the files for people of one format, all at once."""
    return Text(
        f"{extension.lower()} 文件共 {count} 个，计入成果文件，内容不作核查。",
        f"{count} {extension.lower()} file{'s' if count > 1 else ''}: counted among the plan's files, content not checked.",
    )


def remark(extension: str) -> Text:
    """What to tell of a file of a package that is not read."""
    said = extension.lower()
    if said in _CONVERSIONS:
        how = _CONVERSIONS[said]
        return Text(
            f"{said} 格式不能读取，其内容没有核查。{how.zh}", f"{said} cannot be read; it was not checked. {how.en}"
        )
    if said in _ONLY_ALONE:
        how = _ONLY_ALONE[said]
        return Text(
            f"成果包中的 {said} 文件没有读取，其内容没有核查。{how.zh}",
            f"A {said} file inside a package is not read; it was not checked. {how.en}",
        )
    return Text("这种文件目前不读取其内容。", "Files of this format are not read yet.")


def refuse(path: Path) -> None:
    """Raises CannotFinish for a path to a single file in a format that is known but not read."""
    said = path.suffix.lower()
    if said == ".zip":
        raise CannotFinish(
            Text("压缩包已损坏，或并不是 zip 格式。", "The zip is damaged, or is no zip."),
            str(path),
            Text(
                "请用压缩软件打开检查，重新打包为 .zip。",
                "Open it with your archiver and pack its files as .zip again.",
            ),
        )
    if said in _CONVERSIONS:
        raise CannotFinish(
            Text(f"{said} 格式不能读取。", f"{said} files cannot be read."), str(path), _CONVERSIONS[said]
        )
    if said in _FOR_PEOPLE:
        raise CannotFinish(
            Text(
                f"只有一个 {said} 文件，其内容不能读取。",
                f"This is a single {said} file, whose content cannot be read.",
            ),
            str(path),
            Text(
                "请把它与项目表（.xlsx）、图层等成果放进一个文件夹再核查。",
                "Put it into a folder with the project table (.xlsx), the layers and the rest, and check that.",
            ),
        )
