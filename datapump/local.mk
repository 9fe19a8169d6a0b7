noinst_LIBRARIES += datapump/libdatapump.a
datapump_libdatapump_a_SOURCES = \
	datapump/dump.h \
	datapump/expr.h \
	datapump/filename.c datapump/filename.h \
	datapump/place.h \
	datapump/spec.h
EXTRA_DIST += datapump/README
