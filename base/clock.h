/* base/clock.h - time: now, and the forms in which it is written */
#ifndef CORDS_BASE_CLOCK_H
#define CORDS_BASE_CLOCK_H

#include "base/span.h"

#include <stdint.h>

int64_t clock_us(void);			/* UTC, microseconds since 1970 */
int64_t clock_mono_ns(void);		/* for durations */
void clock_fake(int64_t (*now_us)(void));	/* tests; NULL: the real one */

enum { CLOCK_TEXT = 32 };		/* room for either text below with its NUL */

void clock_format(int64_t us, char out[CLOCK_TEXT]);		/* 2021-04-25T23:40:51.197350Z */
void clock_http_date(int64_t us, char out[CLOCK_TEXT]);	/* Sun, 25 Apr 2021 23:40:51 GMT */
bool clock_parse_http_date(struct span text, int64_t *us);	/* the three forms of RFC 9110 */

/* ISO 8601 as the protocol allows: YYYY-MM-DD, or with THH:MM[:SS[.f{1,9}]] and optional Z or +-HH:MM; no zone is UTC.
 * Years 0001 to 9999; the date must exist. */
struct iso_time {
	int64_t sec;			/* of the instant, UTC, since 1970 */
	int32_t nsec;
	int32_t local_day;		/* day as written, since 1970: what $date compares */
	bool date_only;
};
bool iso_parse(struct span text, struct iso_time *out);
int iso_cmp(const struct iso_time *a, const struct iso_time *b);	/* the instants */

#endif
