noinst_LIBRARIES += handlers/libhandlers.a
handlers_libhandlers_a_SOURCES = \
	handlers/accept.c handlers/accept.h \
	handlers/answer.c handlers/answer.h \
	handlers/callers.c handlers/callers.h \
	handlers/mapping.c handlers/mapping.h \
	handlers/auth.c handlers/auth.h \
	handlers/authorization.c handlers/authorization.h \
	handlers/call.c \
	handlers/health.c handlers/health.h \
	handlers/instance.c handlers/instance.h \
	handlers/idempotency.c handlers/idempotency.h \
	handlers/index_hooks.c handlers/index_hooks.h \
	handlers/links.c handlers/links.h \
	handlers/oauth.c handlers/oauth.h \
	handlers/origin.c handlers/origin.h \
	handlers/params.c handlers/params.h handlers/params.def \
	handlers/perform.c handlers/perform.h \
	handlers/precond.c handlers/precond.h \
	handlers/proof.c handlers/proof.h \
	handlers/problem.c handlers/problem.h \
	handlers/reply.c handlers/reply.h \
	handlers/request.c handlers/request.h \
	handlers/response.c handlers/response.h \
	handlers/route.c handlers/route.h \
	handlers/routes.c \
	handlers/server.c handlers/server.h \
	handlers/throttle.c handlers/throttle.h \
	handlers/url.c handlers/url.h
EXTRA_DIST += handlers/README

# the Database API
handlers_libhandlers_a_SOURCES += \
	handlers/datapump.h \
	handlers/datapump_create.c \
	handlers/datapump_files.c \
	handlers/datapump_item.c \
	handlers/datapump_jobs.c \
	handlers/dbapi.h \
	handlers/dbapi_catalog.c \
	handlers/dbapi_objects.c \
	handlers/dbapi_version.c \
	handlers/openapi.c handlers/openapi.h \
	handlers/openapi_schemas.c handlers/properties.def \
	handlers/page.c handlers/page.h \
	handlers/restsql.c handlers/restsql.h \
	handlers/restsql_reply.c \
	handlers/restsql_request.c

# the actions of SODA
handlers_libhandlers_a_SOURCES += \
	handlers/soda.h \
	handlers/soda_bulk.c \
	handlers/soda_catalog.c \
	handlers/soda_collections.c \
	handlers/soda_documents.c \
	handlers/soda_query.c handlers/soda_query.h \
	handlers/soda_write.c handlers/soda_write.h
