noinst_LIBRARIES += soda/libsoda.a
soda_libsoda_a_SOURCES =
soda_libsoda_a_SOURCES += soda/jtree.c soda/jtree.h soda/patch.c soda/patch.h
soda_libsoda_a_SOURCES += \
	soda/casemap.c soda/casemap.h soda/casemap.def \
	soda/compare.c soda/compare.h \
	soda/cond.c \
	soda/geo.c soda/geo.h \
	soda/geodesy.c soda/geodesy.h soda/geolib.c soda/geolib.h soda/planar.c soda/planar.h soda/shape.c soda/shape.h \
	soda/guide.c soda/guide.h \
	soda/match.c soda/match.h \
	soda/member.c soda/member.h \
	soda/operators.c soda/operators.h \
	soda/order.c soda/order.h \
	soda/path.c soda/path.h soda/walk.c \
	soda/project.c soda/project.h \
	soda/qbe.c soda/qbe.h soda/qbe.def \
	soda/regex.c \
	soda/words.c soda/words.h soda/letters.def
EXTRA_DIST += soda/README soda/casemap.py soda/letters.py
soda_libsoda_a_SOURCES += soda/key.c soda/key.h
soda_libsoda_a_SOURCES += soda/meta.c soda/meta.h soda/meta_print.c soda/meta_words.h
soda_libsoda_a_SOURCES += soda/index.c soda/index.h soda/entry.c
