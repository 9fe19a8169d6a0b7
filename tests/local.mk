# Each room of the tree has its own list.
if HAVE_CMOCKA
include tests/base/local.mk
include tests/conf/local.mk
include tests/sql/local.mk
include tests/soda/local.mk
include tests/datapump/local.mk
include tests/handlers/local.mk
include tests/shim/local.mk
include tests/fcgi/local.mk
endif
include tests/fuzz/local.mk

# what no list of sources names; folders are taken whole
EXTRA_DIST += README.md .dockerignore .gitignore .ci/run conf/README docs tests/README tests/known-gaps.txt tests/cli tests/crash tests/deploy tests/docs tests/engines \
	tests/http tests/lint tests/storage tests/lib/lsan.supp tests/lib/arena.h tests/lib/plain_json.h tests/lib/ports.py tests/lib/unit.h

dist-hook:
	find $(distdir) -name __pycache__ -exec rm -rf {} +
