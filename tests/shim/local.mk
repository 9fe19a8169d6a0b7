# tests of everything from answer() down, with an ODBC driver that breaks: shim.so is loaded by the driver manager
check_PROGRAMS += tests/shim/shim.so
tests_shim_shim_so_SOURCES = tests/shim/shim.c tests/shim/shim.h
tests_shim_shim_so_CFLAGS = $(AM_CFLAGS) -fPIC
tests_shim_shim_so_LDFLAGS = -shared
tests_shim_shim_so_LDADD = -ldl

UNIT_TESTS += tests/shim/test_shim
check_PROGRAMS += tests/shim/test_shim
tests_shim_test_shim_SOURCES = tests/shim/test_shim.c tests/shim/memory.c tests/shim/memory.h tests/shim/scenes.c tests/shim/scenes.h \
	tests/shim/shim.h tests/shim/witness.c tests/shim/witness.h $(WORLD)
tests_shim_test_shim_CPPFLAGS = $(HANDLERS_TEST_CPPFLAGS) -DSHIM_PATH='"$(abs_top_builddir)/tests/shim/shim.so"'
tests_shim_test_shim_LDADD = $(HANDLERS_TEST_LIBS) -ldl
tests_shim_test_shim_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=answer

UNIT_TESTS += tests/shim/test_install
check_PROGRAMS += tests/shim/test_install
tests_shim_test_install_SOURCES = tests/shim/test_install.c tests/shim/shim.h tests/shim/witness.c tests/shim/witness.h tests/sql/testdb.h
tests_shim_test_install_CPPFLAGS = $(HANDLERS_TEST_CPPFLAGS) -DSHIM_PATH='"$(abs_top_builddir)/tests/shim/shim.so"'
tests_shim_test_install_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS) -ldl

# preloaded by tests/cli/test_datapump_faults.py
check_PROGRAMS += tests/shim/weather.so
tests_shim_weather_so_SOURCES = tests/shim/weather.c
tests_shim_weather_so_CFLAGS = $(AM_CFLAGS) -fPIC
tests_shim_weather_so_LDFLAGS = -shared
tests_shim_weather_so_LDADD = -ldl
