bin_PROGRAMS += cords
cords_SOURCES = fcgi/main.c
cords_SOURCES += \
	fcgi/cmd.c fcgi/cmd.h \
	fcgi/cmd_check.c \
	fcgi/cmd_client.c \
	fcgi/cmd_collection.c \
	fcgi/cmd_config.c \
	fcgi/cmd_credential.c \
	fcgi/cmd_datapump.c fcgi/cmd_datapump.h \
	fcgi/cmd_newjob.c \
	fcgi/cmd_install.c \
	fcgi/cmd_manual.c \
	fcgi/cmd_migrate.c \
	fcgi/cmd_options.c \
	fcgi/cmd_routes.c \
	fcgi/cmd_schema.c \
	fcgi/cmd_validate.c \
	fcgi/cmd_version.c \
	fcgi/columns.c fcgi/columns.h \
	fcgi/completion.c fcgi/completion.h \
	fcgi/manual.c fcgi/manual.h \
	fcgi/webconf.c fcgi/webconf.h \
	fcgi/prompt.c
cords_SOURCES += fcgi/cmd_serve.c

# what serves; without main(), so that tests can link it
noinst_LIBRARIES += fcgi/libserve.a
fcgi_libserve_a_SOURCES = \
	fcgi/deadline.c fcgi/deadline.h \
	fcgi/front.c fcgi/front.h \
	fcgi/listen.c fcgi/listen.h \
	fcgi/pool.c fcgi/pool.h \
	fcgi/serve.c fcgi/serve.h \
	fcgi/service.c fcgi/service.h \
	fcgi/wire.c fcgi/wire.h

cords_LDADD = fcgi/libserve.a $(HANDLERS) $(HANDLERS_LIBS) $(FCGI_LIBS) -lpthread

EXTRA_DIST += fcgi/README

# what runs it, and what tries it
SAMPLES = \
	conf/apache/cords.conf conf/apache/cords-proxy.conf \
	conf/container/Containerfile conf/container/compose.yaml conf/container/nginx.conf \
	conf/lighttpd/cords.conf conf/lighttpd/cords-pool.conf \
	conf/logrotate/cords \
	conf/nginx/cords.conf \
	conf/shared-hosting/htaccess \
	conf/systemd/cords-datapump.service conf/systemd/cords-datapump.timer \
	conf/systemd/cords@.service conf/systemd/cords@.socket conf/systemd/sysusers.conf conf/systemd/tmpfiles.conf
EXTRA_DIST += $(SAMPLES) quickstart tests/run
samplesdir = $(docdir)
nobase_samples_DATA = $(SAMPLES)

# manual pages and completion: printed by the program, so that they say what it does
dist_man_MANS = man/cords.1 man/cords.fcgi.8 man/cords-settings.5
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = man/cords
DISTCLEANFILES = $(dist_man_MANS) $(dist_bashcompletion_DATA)
$(dist_man_MANS): cords$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && ./cords$(EXEEXT) manual $(@F) >$@.new && mv $@.new $@
$(dist_bashcompletion_DATA): cords$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && ./cords$(EXEEXT) completion bash >$@.new && mv $@.new $@
