"""The families of inputs by name, without what makes them."""

FORMATS = (
    "zip",
    "plan.xml",
    "xlsx",
    "xls",
    "docx",
    "csv",
    "gpkg",
    "territorial",
    "shp",
    "geojson",
    "gml",
    "gdb",
    "dxf",
    "ttl",
    "nt",
    "jsonld",
)
FAMILIES = (*FORMATS, "command", "meaning", "pack")
