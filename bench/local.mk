# bench/: built on demand by bench/run, never installed
EXTRA_PROGRAMS = bench/floor
bench_floor_SOURCES = bench/floor.c
bench_floor_LDADD = $(ODBC_LIBS) $(FCGI_LIBS)
EXTRA_DIST += bench/run bench/datapump bench/engines.py bench/load.lua bench/README
