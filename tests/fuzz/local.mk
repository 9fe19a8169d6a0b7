# One program per parser.  After ./configure --enable-fuzz CC=clang they are fuzzers (libFuzzer); otherwise replay.c gives
# them files and folders to read.  `make check` replays tests/fuzz/seeds/<x> through fuzz_<x> in either case.
#
# To add one: fuzz_<x>.c with LLVMFuzzerTestOneInput(), a folder of seeds, and three lines here.
if FUZZ
FUZZ_MAIN =
FLAGS_OF_FUZZ = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_MAIN = tests/fuzz/replay.c
FLAGS_OF_FUZZ = $(AM_LDFLAGS)
endif
TESTS += tests/fuzz/replay.sh
EXTRA_DIST += tests/fuzz/replay.sh tests/fuzz/seeds

check_PROGRAMS += tests/fuzz/fuzz_scan
tests_fuzz_fuzz_scan_SOURCES = tests/fuzz/fuzz_scan.c $(FUZZ_MAIN)
tests_fuzz_fuzz_scan_LDFLAGS = $(FLAGS_OF_FUZZ)
tests_fuzz_fuzz_scan_LDADD = $(BASE) $(BASE_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_url
tests_fuzz_fuzz_url_SOURCES = tests/fuzz/fuzz_url.c $(FUZZ_MAIN)
tests_fuzz_fuzz_url_LDFLAGS = $(FLAGS_OF_FUZZ)
tests_fuzz_fuzz_url_LDADD = $(HANDLERS) $(HANDLERS_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_form
tests_fuzz_fuzz_form_SOURCES = tests/fuzz/fuzz_form.c $(FUZZ_MAIN)
tests_fuzz_fuzz_form_LDFLAGS = $(FLAGS_OF_FUZZ)
tests_fuzz_fuzz_form_LDADD = $(HANDLERS) $(HANDLERS_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_headers
tests_fuzz_fuzz_headers_SOURCES = tests/fuzz/fuzz_headers.c $(FUZZ_MAIN)
tests_fuzz_fuzz_headers_LDFLAGS = $(FLAGS_OF_FUZZ)
tests_fuzz_fuzz_headers_LDADD = $(HANDLERS) $(HANDLERS_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_wire
tests_fuzz_fuzz_wire_SOURCES = tests/fuzz/fuzz_wire.c $(FUZZ_MAIN)
tests_fuzz_fuzz_wire_LDFLAGS = $(FLAGS_OF_FUZZ)
tests_fuzz_fuzz_wire_LDADD = fcgi/libserve.a $(HANDLERS) $(HANDLERS_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_patch
tests_fuzz_fuzz_patch_SOURCES = tests/fuzz/fuzz_patch.c tests/lib/slow_patch.c tests/lib/slow_patch.h $(FUZZ_MAIN)
tests_fuzz_fuzz_patch_LDFLAGS = $(FLAGS_OF_FUZZ)
tests_fuzz_fuzz_patch_LDADD = $(SODA) $(SODA_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_qbe tests/fuzz/fuzz_path
tests_fuzz_fuzz_qbe_SOURCES = tests/fuzz/fuzz_qbe.c $(FUZZ_MAIN)
tests_fuzz_fuzz_qbe_LDFLAGS = $(FLAGS_OF_FUZZ)
tests_fuzz_fuzz_qbe_LDADD = $(SODA) $(SODA_LIBS)
tests_fuzz_fuzz_path_SOURCES = tests/fuzz/fuzz_path.c $(FUZZ_MAIN)
tests_fuzz_fuzz_path_LDFLAGS = $(FLAGS_OF_FUZZ)
tests_fuzz_fuzz_path_LDADD = $(SODA) $(SODA_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_geo
tests_fuzz_fuzz_geo_SOURCES = tests/fuzz/fuzz_geo.c $(FUZZ_MAIN)
tests_fuzz_fuzz_geo_LDFLAGS = $(FLAGS_OF_FUZZ)
tests_fuzz_fuzz_geo_LDADD = $(SODA) $(SODA_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_filter
tests_fuzz_fuzz_filter_SOURCES = tests/fuzz/fuzz_filter.c $(FUZZ_MAIN)
tests_fuzz_fuzz_filter_LDFLAGS = $(FLAGS_OF_FUZZ)
tests_fuzz_fuzz_filter_LDADD = $(SQL) $(SQL_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_expr tests/fuzz/fuzz_spec tests/fuzz/fuzz_filename tests/fuzz/fuzz_dump tests/fuzz/fuzz_object
tests_fuzz_fuzz_expr_SOURCES = tests/fuzz/fuzz_expr.c $(FUZZ_MAIN)
tests_fuzz_fuzz_expr_LDFLAGS = $(FLAGS_OF_FUZZ)
tests_fuzz_fuzz_expr_LDADD = $(DATAPUMP) $(DATAPUMP_LIBS)
tests_fuzz_fuzz_spec_SOURCES = tests/fuzz/fuzz_spec.c $(FUZZ_MAIN)
tests_fuzz_fuzz_spec_LDFLAGS = $(FLAGS_OF_FUZZ)
tests_fuzz_fuzz_spec_LDADD = $(DATAPUMP) $(DATAPUMP_LIBS)
tests_fuzz_fuzz_filename_SOURCES = tests/fuzz/fuzz_filename.c $(FUZZ_MAIN)
tests_fuzz_fuzz_filename_LDFLAGS = $(FLAGS_OF_FUZZ)
tests_fuzz_fuzz_filename_LDADD = $(DATAPUMP) $(DATAPUMP_LIBS)
tests_fuzz_fuzz_dump_SOURCES = tests/fuzz/fuzz_dump.c $(FUZZ_MAIN)
tests_fuzz_fuzz_dump_LDFLAGS = $(FLAGS_OF_FUZZ)
tests_fuzz_fuzz_dump_LDADD = $(DATAPUMP) $(DATAPUMP_LIBS)
tests_fuzz_fuzz_object_SOURCES = tests/fuzz/fuzz_object.c $(FUZZ_MAIN)
tests_fuzz_fuzz_object_LDFLAGS = $(FLAGS_OF_FUZZ)
tests_fuzz_fuzz_object_LDADD = $(DATAPUMP) $(DATAPUMP_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_split
tests_fuzz_fuzz_split_SOURCES = tests/fuzz/fuzz_split.c $(FUZZ_MAIN)
tests_fuzz_fuzz_split_LDFLAGS = $(FLAGS_OF_FUZZ)
tests_fuzz_fuzz_split_LDADD = $(SQL) $(SQL_LIBS)
