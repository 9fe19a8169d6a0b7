# tests of sql/: check_PROGRAMS and UNIT_TESTS
