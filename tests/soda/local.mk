# tests of soda/: check_PROGRAMS and UNIT_TESTS
