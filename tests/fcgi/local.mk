# tests of fcgi/: linked with the serving library and everything left of it, without main()
UNIT_TESTS += tests/fcgi/test_wire
check_PROGRAMS += tests/fcgi/test_wire
tests_fcgi_test_wire_SOURCES = tests/fcgi/test_wire.c
tests_fcgi_test_wire_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_fcgi_test_wire_LDADD = fcgi/libserve.a $(HANDLERS) $(HANDLERS_LIBS) $(CMOCKA_LIBS)
