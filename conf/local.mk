noinst_LIBRARIES += conf/libconf.a
conf_libconf_a_SOURCES = \
	conf/adopt.c conf/adopt.h \
	conf/change.c \
	conf/conf.c conf/conf.h \
	conf/folder.c conf/folder.h \
	conf/options.c conf/options.def \
	conf/password.c conf/password.h \
	conf/secret.c conf/secret.h \
	conf/users.c conf/users.h \
	conf/whereabouts.c \
	conf/xml.c conf/xml.h
