noinst_LIBRARIES += datapump/libdatapump.a
datapump_libdatapump_a_SOURCES = \
	datapump/ahead.c datapump/ahead.h \
	datapump/curllib.c datapump/curllib.h \
	datapump/directory.c datapump/directory.h \
	datapump/dump.h \
	datapump/dump_continue.c \
	datapump/dump_file.c \
	datapump/dump_publish.c \
	datapump/dump_read.c datapump/dump_set.c datapump/dump_verify.c datapump/reading.h \
	datapump/dump_write.c datapump/writing.h \
	datapump/export.c datapump/export.h datapump/exporting.h \
	datapump/export_scope.c \
	datapump/export_share.c \
	datapump/expr.c datapump/expr.h \
	datapump/filename.c datapump/filename.h \
	datapump/frame.c datapump/frame.h \
	datapump/import.c datapump/import.h datapump/importing.h \
	datapump/import_docs.c \
	datapump/import_finish.c \
	datapump/import_job.c \
	datapump/import_load.c \
	datapump/import_make.c \
	datapump/import_names.c \
	datapump/import_piles.c \
	datapump/import_plan.c \
	datapump/import_report.c \
	datapump/import_rows.c \
	datapump/import_store.c \
	datapump/job.c datapump/job.h \
	datapump/jobname.c datapump/jobname.h \
	datapump/keyring.c datapump/keyring.h \
	datapump/lanes.c datapump/lanes.h \
	datapump/newjob.c datapump/newjob.h \
	datapump/multipart.c \
	datapump/object_parts.c datapump/object_send.c datapump/asking.h datapump/sending.h \
	datapump/object_request.c datapump/object_request.h \
	datapump/object_store.c datapump/object_store.h \
	datapump/object_uri.c datapump/object_uri.h \
	datapump/objects.c datapump/objects.h \
	datapump/packing.c datapump/packing.h \
	datapump/place.c datapump/place.h \
	datapump/place_object.c \
	datapump/readers.c datapump/readers.h \
	datapump/record_get.c datapump/record_put.c datapump/records.h \
	datapump/run.c datapump/run.h datapump/running.h \
	datapump/segments.c \
	datapump/sent.c datapump/sent.h \
	datapump/source.h datapump/source_dump.c datapump/source_pool.c \
	datapump/spec.c datapump/spec.h datapump/spec_print.c datapump/spec_words.h \
	datapump/start.c datapump/start.h
EXTRA_DIST += datapump/README
