noinst_LIBRARIES += soda/libsoda.a
soda_libsoda_a_SOURCES =
soda_libsoda_a_SOURCES += soda/jtree.c soda/jtree.h soda/patch.c soda/patch.h
