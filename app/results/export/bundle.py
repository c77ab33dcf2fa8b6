"""Everything of a release in one zip, described as a data package that programs can check."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from app.kit import streaming
from app.kit.text import storable
from app.results.export import columns, csv_file, json_file
from app.results.export.codebook import codebook
from app.results.export.extract import Extract
from app.results.export.facts import facts
from app.results.export.table import Table

PROFILE = "tabular-data-package"
# Of files of answers: not asked or not answered, does not apply, withheld.
MISSING = {"wide": ["", "-98", "-99"], "long": ["", "-98", "-99"]}


def pieces(extract: Extract, tables: Sequence[Table], *, excel: bool) -> Iterator[bytes]:
    """The zip: each table, the codebook, the release as JSON, and the description of it all."""
    every = [*tables, codebook(extract.survey, tables)]
    described = _package(extract, every, excel=excel)
    return streaming.zipped(
        [
            *((f"{one.name}.csv", csv_file.pieces(one, excel=excel)) for one in every),
            ("release.json", json_file.release(extract.release)),
            ("datapackage.json", [described]),
            ("README.txt", ["".join(_readme(extract)).encode()]),
        ]
    )


def _package(extract: Extract, tables: Sequence[Table], *, excel: bool) -> bytes:
    occasion = extract.release["round"]
    package = {
        "profile": PROFILE,
        "name": f"selaras-{occasion['survey'].replace('_', '-')}-{occasion['id']}",
        "title": occasion["name"],
        "resources": [_resource(one, extract, excel=excel) for one in tables],
    }
    return storable(json.dumps(package, ensure_ascii=False, indent=2)).encode()


def _resource(table: Table, extract: Extract, *, excel: bool) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": f"{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8-sig" if excel else "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"'},
        "schema": {
            "fields": [
                {"name": one.name, "type": one.kind, "description": _about(one.name, extract)}
                for one in table.columns
            ],
            "missingValues": MISSING.get(table.name, [""]),
        },
    }


def _about(column: str, extract: Extract) -> str:
    if column in columns.MEANINGS:
        return columns.meaning(column, extract.language)
    key = column.partition("--")[0]
    found = [one for one in extract.survey.items if one.key == key]
    return found[0].text.in_(extract.language.code) if found else ""


def _readme(extract: Extract) -> Iterator[str]:
    for fact, value in facts(extract):
        yield f"{fact}: {storable(value)}\r\n"
