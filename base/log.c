/* base/log.c - lines put together by hand in a buffer of one size and written with one call
 *
 * One write() per line, or for several whole lines, keeps those of many processes apart.  It never exceeds what a pipe takes at once.
 */
#include "base/log.h"

#include "base/clock.h"
#include "base/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* the rest: names of members, quotes and numbers that may still follow a value */
enum { LINE_BYTES = 4096, VALUE_BYTES = 1024, REST_BYTES = 384 };

static struct {
	int fd;
	enum log_level level;
	char path[1024];
} target = { .fd = STDERR_FILENO, .level = LOG_INFO };

static struct {
	pthread_mutex_t lock;
	bool is_on;
	char p[LINE_BYTES];		/* whole lines */
	size_t n;
} gathered = { .lock = PTHREAD_MUTEX_INITIALIZER };

static const char *const level_names[] = { "ERROR", "WARNING", "INFO", "FINE" };

struct line {
	char p[LINE_BYTES];
	size_t n;
};

/* put_value() keeps room, so that nothing is cut here. */
static void
put(struct line *l, const char *p, size_t n)
{
	if (n > sizeof(l->p) - l->n)
		n = sizeof(l->p) - l->n;
	memcpy(l->p + l->n, p, n);
	l->n += n;
}

#define put_word(l, s) put((l), "" s "", sizeof(s) - 1)

static void
put_int(struct line *l, int64_t v)
{
	char digits[24];
	size_t at = sizeof(digits);
	uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do
		digits[--at] = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (v < 0)
		digits[--at] = '-';
	put(l, digits + at, sizeof(digits) - at);
}

/* microseconds as milliseconds with three decimals */
static void
put_ms(struct line *l, int64_t us)
{
	char decimals[4] = ".";

	if (us < 0)
		us = 0;
	put_int(l, us / 1000);
	for (int i = 3, rest = (int)(us % 1000); i > 0; i--, rest /= 10)
		decimals[i] = (char)('0' + rest % 10);
	put(l, decimals, sizeof(decimals));
}

/* how many bytes from here on are themselves in a JSON string: most texts are nothing else */
static size_t
plain_bytes(struct span text, size_t from)
{
	size_t i = from;

	while (i < text.n && (unsigned char)(text.p[i] - 0x20) < 0x7f - 0x20 && text.p[i] != '"' && text.p[i] != '\\')
		i++;
	return i - from;
}

/* A JSON string; too long a text is cut between two characters, bytes that are not UTF-8 become question marks. */
static void
put_value(struct line *l, struct span text)
{
	static const char hex[] = "0123456789abcdef";
	bool is_utf8;
	size_t room = VALUE_BYTES;

	if (text.n > VALUE_BYTES) {
		text.n = VALUE_BYTES;
		while (text.n > 0 && ((unsigned char)text.p[text.n] & 0xc0) == 0x80)
			text.n--;
	}
	if (l->n + REST_BYTES > sizeof(l->p))
		room = 0;
	else if (room > sizeof(l->p) - l->n - REST_BYTES)
		room = sizeof(l->p) - l->n - REST_BYTES;
	is_utf8 = utf8_valid(text);
	put_word(l, "\"");
	for (size_t i = 0, n; i < text.n; i++) {
		unsigned char c;

		n = plain_bytes(text, i);
		n = n < room ? n : room;
		put(l, text.p + i, n);
		room -= n;
		i += n;
		if (i == text.n)
			break;
		c = (unsigned char)text.p[i];
		n = c < 0x20 || c == 0x7f ? 6 : c == '"' || c == '\\' ? 2 : 1;

		/* a whole character or nothing of it */
		if (room < n || (c >= 0xc0 && room < 4))
			break;
		room -= n;
		if (n == 6) {
			const char escape[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

			put(l, escape, sizeof(escape));
		} else {
			if (n == 2)
				put_word(l, "\\");
			put(l, c >= 0x80 && !is_utf8 ? "?" : text.p + i, 1);
		}
	}
	put_word(l, "\"");
}

static void
begin(struct line *l, const char *level, const char *event)
{
	char now[CLOCK_TEXT];

	clock_format(clock_us(), now);
	l->n = 0;
	put_word(l, "{\"time\":\"");
	put(l, now, strlen(now));
	put_word(l, "\",\"level\":\"");
	put(l, level, strlen(level));
	put_word(l, "\",\"event\":");
	put_value(l, span_of(event));
}

static bool
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

static void
write_lines(const char *p, size_t n)
{
	int saved = errno;

	if (!write_all(target.fd, p, n) && target.fd != STDERR_FILENO)
		write_all(STDERR_FILENO, p, n);
	errno = saved;
}

/* while the lock is held */
static void
write_gathered(void)
{
	if (gathered.n > 0)
		write_lines(gathered.p, gathered.n);
	gathered.n = 0;
}

static void
finish(struct line *l, bool may_wait)
{
	put_word(l, "}\n");
	(void)pthread_mutex_lock(&gathered.lock);
	if (l->n > sizeof(gathered.p) - gathered.n)
		write_gathered();
	memcpy(gathered.p + gathered.n, l->p, l->n);
	gathered.n += l->n;
	if (!may_wait || !gathered.is_on)
		write_gathered();
	(void)pthread_mutex_unlock(&gathered.lock);
}

void
log_flush(void)
{
	(void)pthread_mutex_lock(&gathered.lock);
	write_gathered();
	(void)pthread_mutex_unlock(&gathered.lock);
}

void
log_gather(bool on)
{
	gathered.is_on = on;
	log_flush();
}

static void
reopen(void)
{
	int fd = STDERR_FILENO;
	int why = 0;

	log_flush();
	if (target.path[0] != '\0') {
		fd = open(target.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
		if (fd < 0) {
			why = errno;
			fd = STDERR_FILENO;
		}
	}
	if (target.fd != STDERR_FILENO)
		close(target.fd);
	target.fd = fd;
	if (why != 0)
		log_event(LOG_ERROR, "log.open_failed", "%s: %s", target.path, strerror(why));
}

void
log_open(const char *path, enum log_level level)
{
	target.level = level;
	snprintf(target.path, sizeof(target.path), "%s", path == NULL ? "" : path);
	reopen();
}

void
log_reopen(void)
{
	reopen();
}

enum log_level
log_level_now(void)
{
	return target.level;
}

void
log_event(enum log_level level, const char *event, const char *fmt, ...)
{
	struct line l;
	char text[VALUE_BYTES];
	va_list ap;

	if (level > target.level)
		return;
	begin(&l, level_names[level], event);
	put_word(&l, ",\"pid\":");
	put_int(&l, getpid());
	if (fmt != NULL) {
		va_start(ap, fmt);
		vsnprintf(text, sizeof(text), fmt, ap);
		va_end(ap);
		put_word(&l, ",\"text\":");
		put_value(&l, span_of(text));
	}
	finish(&l, false);
}

void
log_security(const char *event, struct span who, const char *address, const char *request_id, const char *what)
{
	struct line l;

	begin(&l, "SECURITY", event);
	put_word(&l, ",\"id\":");
	put_value(&l, span_of(request_id));
	put_word(&l, ",\"user\":");
	put_value(&l, who);
	put_word(&l, ",\"address\":");
	put_value(&l, span_of(address));
	put_word(&l, ",\"what\":");
	put_value(&l, span_of(what));
	finish(&l, false);
}

void
log_access(const struct log_request *r)
{
	struct line l;

	if (target.level < LOG_INFO)
		return;
	begin(&l, "INFO", "request");
	put_word(&l, ",\"id\":");
	put_value(&l, span_of(r->id));
	put_word(&l, ",\"method\":");
	put_value(&l, span_of(r->method));
	put_word(&l, ",\"route\":");
	put_value(&l, span_of(r->route));
	put_word(&l, ",\"status\":");
	put_int(&l, r->status);
	put_word(&l, ",\"ms\":");
	put_ms(&l, r->total_us);
	put_word(&l, ",\"db_ms\":");
	put_ms(&l, r->db_us);
	put_word(&l, ",\"rows\":");
	put_int(&l, r->rows);
	put_word(&l, ",\"bytes\":");
	put_int(&l, r->bytes_out);
	put_word(&l, ",\"pool\":");
	put_value(&l, span_of(r->pool));
	put_word(&l, ",\"user\":");
	put_value(&l, span_of(r->user));
	put_word(&l, ",\"address\":");
	put_value(&l, span_of(r->address));
	if (r->e != NULL) {
		put_word(&l, ",\"error\":");
		put_value(&l, span_of(err_name(r->e->kind)));
		put_word(&l, ",\"detail\":");
		put_value(&l, span_of(r->e->detail));
	}
	finish(&l, true);
}
