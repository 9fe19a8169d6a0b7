# tests of conf/: check_PROGRAMS and UNIT_TESTS
