noinst_LIBRARIES += handlers/libhandlers.a
handlers_libhandlers_a_SOURCES =

# the actions of SODA
handlers_libhandlers_a_SOURCES += \
	handlers/soda.h \
	handlers/soda_bulk.c \
	handlers/soda_catalog.c \
	handlers/soda_collections.c \
	handlers/soda_documents.c \
	handlers/soda_query.c handlers/soda_query.h \
	handlers/soda_write.c handlers/soda_write.h
