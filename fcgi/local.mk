bin_PROGRAMS += cords
cords_SOURCES = fcgi/main.c
cords_LDADD = $(HANDLERS) $(SODA_LIBS) $(FCGI_LIBS) -lpthread
