noinst_LIBRARIES += datapump/libdatapump.a
datapump_libdatapump_a_SOURCES = \
	datapump/filename.c datapump/filename.h
EXTRA_DIST += datapump/README
