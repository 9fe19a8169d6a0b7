# Each room of the tree has its own list.
if HAVE_CMOCKA
include tests/base/local.mk
include tests/conf/local.mk
include tests/sql/local.mk
include tests/soda/local.mk
include tests/handlers/local.mk
include tests/shim/local.mk
include tests/fcgi/local.mk
endif
include tests/fuzz/local.mk
