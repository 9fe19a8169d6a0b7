# bench/: built on demand by bench/run, never installed
EXTRA_PROGRAMS = bench/floor
bench_floor_SOURCES = bench/floor.c
bench_floor_LDADD = $(ODBC_LIBS) $(FCGI_LIBS)
EXTRA_DIST += bench/README bench/run bench/stand.py bench/engines.py bench/cases.py bench/load.lua bench/datapump \
	bench/targets.py bench/workload.py bench/workload.lua bench/order.json bench/growth.py bench/webservers.py \
	bench/peers/orders.php bench/peers/fastify.js bench/peers/express.js bench/peers/package.json
