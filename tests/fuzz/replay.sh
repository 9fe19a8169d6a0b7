#!/bin/sh
# Replays the seeds of every fuzz program; `make check` calls this in the top of the build tree.
status=0
for seeds in "${srcdir:-.}"/tests/fuzz/seeds/*/; do
	name=fuzz_$(basename "$seeds")
	"tests/fuzz/$name" -runs=0 "$seeds" || { echo "FAIL: $name"; status=1; }
done
exit $status
