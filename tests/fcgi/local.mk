# tests of fcgi/: check_PROGRAMS and UNIT_TESTS
