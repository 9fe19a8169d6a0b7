noinst_LIBRARIES += base/libbase.a
base_libbase_a_SOURCES = \
	base/address.c base/address.h \
	base/arena.c base/arena.h \
	base/buf.c base/buf.h \
	base/clock.c base/clock.h \
	base/decimal.c base/decimal.h \
	base/digest.c base/digest.h \
	base/err.c base/err.h base/err.def \
	base/jcur.c base/jcur.h \
	base/jequal.c \
	base/jskip.c base/jskip.h \
	base/json.c base/json.h \
	base/library.c base/library.h \
	base/list.h \
	base/log.c base/log.h \
	base/scan.c base/scan.h \
	base/siphash.c base/siphash.h \
	base/span.h \
	base/uid.c base/uid.h \
	base/where.c base/where.h
EXTRA_DIST += base/README
