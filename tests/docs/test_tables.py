"""The tables in docs/ equal what the program prints and what its sources say."""
import re

import pytest

import tables
from tables import ROOT


@pytest.mark.parametrize("page, name", [(page, name) for page, found in tables.TABLES.items() for name in found])
def test_table_is_current(page, name):
    old = tables.parts(page, name)[1]
    assert old == tables.TABLES[page][name](), "run tests/docs/tables.py"


def test_every_word_of_filters_is_explained():
    """those of qbe.def and no others, one place each outside the examples"""
    words = set(re.findall(r'^Q\("(\$\w+)"', (ROOT / "soda/qbe.def").read_text(), re.M))
    page = (ROOT / "docs/filters.md").read_text().partition("## Examples")[0]
    told = set(re.findall(r"`(\$\w+)`", page))
    assert len(words) > 50 and told == words


def test_dependencies_are_those_of_configure():
    """every library that configure asks for, with the version it asks for"""
    asked = re.findall(r"PKG_CHECK_MODULES\(\[(\w+)\], \[[\w-]+ >= ([\d.]+)\]\)", (ROOT / "configure.ac").read_text())
    names = {"JANSSON": "Jansson", "ODBC": "unixODBC", "NETTLE": "Nettle", "EXPAT": "Expat", "PCRE2": "PCRE2",
             "CRYPT": "libxcrypt", "GEOS": "GEOS", "PROJ": "PROJ", "ZSTD": "libzstd", "CURL": "libcurl"}
    page = (ROOT / "docs/dependencies.md").read_text()
    assert {name for name, _ in asked} == set(names)
    for name, version in asked:
        assert f"| {names[name]} | {version} |" in page, name


def test_packages_of_quickstart_are_explained():
    lists = re.findall(r"^\w+_packages=\(([^)]*)\)", (ROOT / "quickstart").read_text(), re.M)
    page = (ROOT / "docs/dependencies.md").read_text()
    packages = " ".join(lists).split()
    assert len(packages) > 15
    assert not [p for p in packages if not re.search(rf"(?<![\w-]){re.escape(p)}(?![\w-])", page)]
