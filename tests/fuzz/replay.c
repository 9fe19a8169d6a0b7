/* tests/fuzz/replay.c - main() of a fuzz program where there is no libFuzzer: reads files, and all files of folders */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int n_inputs;

static void
replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	size_t size;
	uint8_t *data;

	if (f == NULL || fstat(fileno(f), &st) != 0) {
		perror(path);
		exit(1);
	}
	/* exactly as long as the input, so that a sanitizer sees reading past its end */
	size = (size_t)st.st_size;
	data = malloc(size == 0 ? 1 : size);
	if (data == NULL || fread(data, 1, size, f) != size) {
		perror(path);
		exit(1);
	}
	fclose(f);
	/* the last line before a crash names the culprit */
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	n_inputs++;
}

static void
replay_folder(DIR *folder, const char *name)
{
	const struct dirent *entry;
	char path[4096];

	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
		replay_file(path);
	}
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		DIR *folder;

		if (argv[i][0] == '-')		/* options of libFuzzer */
			continue;
		folder = opendir(argv[i]);
		if (folder == NULL) {
			replay_file(argv[i]);
			continue;
		}
		replay_folder(folder, argv[i]);
		closedir(folder);
	}
	printf("%s: %d inputs replayed\n", argv[0], n_inputs);
	return n_inputs == 0;
}
