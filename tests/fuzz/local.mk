# tests of fuzz/: check_PROGRAMS and UNIT_TESTS
