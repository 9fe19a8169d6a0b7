"""The tables in docs/ equal what the program prints and what its sources say."""
import pytest

import tables


@pytest.mark.parametrize("page, name", [(page, name) for page, found in tables.TABLES.items() for name in found])
def test_table_is_current(page, name):
    old = tables.parts(page, name)[1]
    assert old == tables.TABLES[page][name](), "run tests/docs/tables.py"
