noinst_LIBRARIES += soda/libsoda.a
soda_libsoda_a_SOURCES =
