# tests of handlers/: check_PROGRAMS and UNIT_TESTS
