# sql/migrations/embed.awk - the migrations as C: reads NNNN_name.sql files, in order, and writes an array of texts.
# series: name of the array.  Lines that are comments or empty are left out.
BEGIN {
	print "/* made from sql/migrations by embed.awk */"
	print "#include \"sql/migrations.h\""
	print ""
	print "const struct migration " series "[] = {"
}
FNR == 1 {
	if (open)
		print "\t},"
	name = FILENAME
	sub(/.*\//, "", name)
	sub(/\.sql$/, "", name)
	level = substr(name, 1, 4) + 0
	name = substr(name, 6)
	if (level != last + 1) {
		print FILENAME ": the number should be " last + 1 > "/dev/stderr"
		exit 1
	}
	last = level
	print "\t{ " level ", \"" name "\","
	open = 1
}
/^[ \t]*--/ || /^[ \t]*$/ { next }
{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	sub(/[ \t\r]+$/, "")
	print "\t\t\"" $0 "\\n\""
}
END {
	if (open)
		print "\t},"
	print "\t{ 0, NULL, NULL }"
	print "};"
}
