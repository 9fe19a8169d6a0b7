/* conf/whereabouts.c - which configuration folder is meant */
#include "config.h"

#include "conf/conf.h"

#include "conf/folder.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
program_folder(struct arena *mem)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	while (n > 0 && path[n - 1] != '/')
		n--;
	return n <= 0 ? NULL : arena_z(mem, (struct span){ path, (size_t)n });
}

/* absolute, because workers change directory; links resolved where it exists */
static const char *
absolute(const char *base, const char *path, struct arena *mem)
{
	char *whole = arena_z(mem, span_of(folder_below(base, path, mem)));
	char real[4096];
	size_t n = strlen(whole);

	if (n < sizeof(real) && realpath(whole, real) != NULL)
		return arena_z(mem, span_of(real));
	while (n > 1 && whole[n - 1] == '/')
		whole[--n] = '\0';
	return whole;
}

const char *
conf_find_dir(const char *option, struct arena *mem, const char **how)
{
	const char *beside = program_folder(mem);
	const char *environment = getenv("ORDS_CONFIG");
	char here[4096];
	struct span text;
	struct stat st;
	struct err e = { 0 };
	bool found;

	if (getcwd(here, sizeof(here)) == NULL)
		memcpy(here, "/", 2);
	if (option != NULL) {
		*how = "--config";
		return absolute(here, option, mem);
	}
	if (environment != NULL && environment[0] != '\0') {
		*how = "ORDS_CONFIG";
		return absolute(here, environment, mem);
	}
	if (beside != NULL) {
		const char *candidate = arena_printf(mem, "%s../cords-config", beside);

		if (folder_read(arena_printf(mem, "%scords.conf", beside), FILE_PLAIN, mem, &text, &found, &e) && found
		    && span_trim(text).n > 0) {
			*how = "cords.conf beside the program";
			return absolute(beside, arena_z(mem, span_trim(text)), mem);
		}
		if (stat(candidate, &st) == 0 && S_ISDIR(st.st_mode)) {
			*how = "../cords-config beside the program";
			return absolute(here, candidate, mem);
		}
	}
	*how = "current directory";
	return absolute(here, ".", mem);
}
