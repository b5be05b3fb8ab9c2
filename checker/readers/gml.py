"""Makes a GML file safe for GDAL: its features alone, copied under a root of our own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from checker.errors import Text
from checker.readers.refusal import disguised, unreadable

_NAMESPACES = ("http://www.opengis.net/gml/3.2", "http://www.opengis.net/gml")
_SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"


def copy(path: Path, name: str, folder: Path) -> Path:
    """Writes the features of a GML file into ``folder``, in UTF-8, and returns that file.

    GDAL chooses the driver by the root, opens schemas that a file or its neighbours name, and writes beside the file
    what it found out. Of a copy under a root of our own it can do none of that.
    Raises CannotFinish for what is not well-formed, declares entities, or is no GML.
    """
    target = folder / "layer.gml"
    try:
        with target.open("wb") as sink:
            for part in _features(path, name):
                sink.write(part)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        why = Text(f"第 {line} 行：XML 格式不完整。", f"line {line}: not well-formed XML.")
        raise unreadable(name, why) from None
    return target


def _features(path: Path, name: str) -> Iterator[bytes]:
    """The copy in parts, each a child of the file's root: no more than one is held in memory."""
    with path.open("rb") as source:
        events = etree.iterparse(
            source, ("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
            remove_comments=True, remove_pis=True,
        )  # fmt: skip
        _, root = next(events)
        if root.getroottree().docinfo.doctype:
            raise unreadable(
                name,
                Text("含有 DOCTYPE（实体定义），出于安全不予读取。", "it brings a DOCTYPE and is refused for safety."),
            )
        gml = next((known for known in _NAMESPACES if known in root.nsmap.values()), None)
        if gml is None:
            raise disguised(name)
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n<gml:FeatureCollection xmlns:gml="{gml}">\n'.encode()
        for event, element in events:
            if event == "end" and element.getparent() is root:
                yield _cleaned(element, gml)
                root.remove(element)
        yield b"</gml:FeatureCollection>\n"


def _cleaned(child: etree._Element, gml: str) -> bytes:
    """A child of the root without what is no attribute of its features: their extents, and where schemas lie."""
    for element in child.iter():
        element.attrib.pop(_SCHEMA, "")
        for extent in element.findall(f"{{{gml}}}boundedBy"):
            element.remove(extent)
    return etree.tostring(child, encoding="unicode", with_tail=False).encode()
