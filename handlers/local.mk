noinst_LIBRARIES += handlers/libhandlers.a
handlers_libhandlers_a_SOURCES =
