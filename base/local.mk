noinst_LIBRARIES += base/libbase.a
base_libbase_a_SOURCES = \
	base/arena.c base/arena.h \
	base/buf.c base/buf.h \
	base/err.c base/err.h base/err.def \
	base/span.h
